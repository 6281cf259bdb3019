-- One pool's snapshots as they came, oldest first.
-- :param pool str
-- :param from str
-- :param to str
SELECT c.observed_at, c.pool_id AS pool, c.price AS usd_per_hour, c.is_duplicate, c.source_instance_role AS role, c.source_instance_id AS instance_id
FROM spot_price_snapshots c
WHERE c.pool_id = :pool AND c.observed_at >= :from AND c.observed_at < :to
ORDER BY c.observed_at
