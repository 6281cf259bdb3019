-- Hours of all pools, from the canonical prices.
INSERT INTO pool_price_hourly (pool_id, hour_at, price_avg, price_min, price_max, price_open, price_close, sample_count, interpolated_count)
SELECT pool_id, FROM_UNIXTIME(h), AVG(price), MIN(price), MAX(price),
	SUBSTRING(MIN(CONCAT(LPAD(at, 12, '0'), price)), 13), SUBSTRING(MAX(CONCAT(LPAD(at, 12, '0'), price)), 13), COUNT(*), SUM(is_interpolated)
FROM (SELECT pool_id, price, is_interpolated, UNIX_TIMESTAMP(observed_at) AS at, UNIX_TIMESTAMP(observed_at) DIV 3600 * 3600 AS h FROM pricing_canonical) c
GROUP BY pool_id, h
