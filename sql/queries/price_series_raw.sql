-- One pool's raw prices in buckets of so many seconds, for a chart: last, lowest and highest price, points and how many of them were filled in (raw: lost in deduplication).
-- :param pool str
-- :param from str
-- :param to str
-- :param bucket int
SELECT FROM_UNIXTIME(UNIX_TIMESTAMP(c.observed_at) DIV :bucket * :bucket) AS at,
	CAST(SUBSTRING_INDEX(GROUP_CONCAT(c.price ORDER BY c.observed_at DESC LIMIT 1), ',', 1) AS DECIMAL(10,6)) AS price, MIN(c.price) AS price_min, MAX(c.price) AS price_max,
	COUNT(*) AS points, SUM(c.is_duplicate) AS filled, COUNT(*) AS sources, NULL AS confidence
FROM spot_price_snapshots c
WHERE c.pool_id = :pool AND c.observed_at >= :from AND c.observed_at < :to
GROUP BY 1 ORDER BY 1
