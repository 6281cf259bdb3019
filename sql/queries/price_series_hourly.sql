-- One pool's prices by the hour in buckets of so many seconds, for a chart of weeks.
-- :param pool str
-- :param from str
-- :param to str
-- :param bucket int
SELECT FROM_UNIXTIME(UNIX_TIMESTAMP(c.hour_at) DIV :bucket * :bucket) AS at,
	CAST(SUBSTRING_INDEX(GROUP_CONCAT(c.price_close ORDER BY c.hour_at DESC LIMIT 1), ',', 1) AS DECIMAL(10,6)) AS price, MIN(c.price_min) AS price_min, MAX(c.price_max) AS price_max,
	SUM(c.sample_count + c.interpolated_count) AS points, SUM(c.interpolated_count) AS filled, SUM(c.sample_count) AS sources, NULL AS confidence
FROM pool_price_hourly c
WHERE c.pool_id = :pool AND c.hour_at >= :from AND c.hour_at < :to
GROUP BY 1 ORDER BY 1
