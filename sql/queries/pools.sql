-- Pools with their current price, its age, the on-demand price beside it, and who is there.
-- :param region str
SELECT p.id AS pool, p.instance_type, p.region, p.az, p.is_active, p.is_cordoned,
       p.last_price AS spot_usd_per_hour, p.last_price_at,
       o.price AS ondemand_usd_per_hour,
       CASE WHEN o.price > 0 AND p.last_price IS NOT NULL THEN (o.price - p.last_price) / o.price END AS saving,
       p.avg_boot_time_seconds AS boot_seconds, p.boot_sample_count AS boot_samples,
       (SELECT COUNT(*) FROM instances i WHERE i.current_pool_id = p.id AND i.is_active) AS instances
FROM spot_pools p
LEFT JOIN ondemand_prices o ON o.instance_type = p.instance_type AND o.region = p.region
WHERE (:region IS NULL OR p.region = :region)
