-- One pool's consolidated prices, oldest first.
-- :param pool str
-- :param from str
-- :param to str
SELECT c.observed_at, c.pool_id AS pool, c.price AS usd_per_hour, c.is_interpolated, c.source_count
FROM pricing_consolidated c
WHERE c.pool_id = :pool AND c.observed_at >= :from AND c.observed_at < :to
ORDER BY c.observed_at
