-- The hours of a part, from the second tier.
-- :param pool str
-- :param lo str
-- :param hi str
INSERT INTO pool_price_hourly (pool_id, hour_at, price_avg, price_min, price_max, price_open, price_close, sample_count, interpolated_count)
SELECT :pool, x.hour_at, ROUND(AVG(x.price), 6), MIN(x.price), MAX(x.price), MAX(x.price_open), MAX(x.price_close), SUM(NOT x.is_interpolated), SUM(x.is_interpolated)
FROM (
	SELECT c.hour_at, c.price, c.is_interpolated,
		FIRST_VALUE(c.price) OVER (PARTITION BY c.hour_at ORDER BY c.observed_at) AS price_open,
		FIRST_VALUE(c.price) OVER (PARTITION BY c.hour_at ORDER BY c.observed_at DESC) AS price_close
	FROM (
		SELECT price, observed_at, is_interpolated, observed_at - INTERVAL MINUTE(observed_at) * 60 + SECOND(observed_at) SECOND AS hour_at
		FROM pricing_consolidated
		WHERE pool_id = :pool AND observed_at >= DATE_FORMAT(:lo, '%Y-%m-%d %H:00:00') AND observed_at < DATE_FORMAT(:hi, '%Y-%m-%d %H:00:00') + INTERVAL 1 HOUR
	) c
) x
GROUP BY x.hour_at
ON DUPLICATE KEY UPDATE price_avg = VALUES(price_avg), price_min = VALUES(price_min), price_max = VALUES(price_max), price_open = VALUES(price_open),
	price_close = VALUES(price_close), sample_count = VALUES(sample_count), interpolated_count = VALUES(interpolated_count)
