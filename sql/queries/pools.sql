-- Pools with their current price, its age, the on-demand price beside it, and who is there.
-- :param region str
SELECT p.id AS pool, p.instance_type, p.region, p.az, p.is_active, {{is_cordoned(p)}} AS is_cordoned,
       (SELECT CONCAT(IF({{closes(k, NULL, NOW() - INTERVAL 1 HOUR)}}, '', CONCAT(c.name, ': ')), {{cooled_says(k)}}) FROM spotop_cooling k JOIN clients c ON c.id = k.client_id
       	WHERE k.place = p.id AND k.cooled_until > NOW() - INTERVAL 1 HOUR ORDER BY {{closes(k, NULL, NOW() - INTERVAL 1 HOUR)}} DESC, k.cooled_until DESC LIMIT 1) AS capacity,
       p.last_price AS spot_usd_per_hour, p.last_price_at, o.price AS ondemand_usd_per_hour,
       CASE WHEN o.price > 0 AND p.last_price IS NOT NULL THEN (o.price - p.last_price) / o.price END AS saving,
       h.price_avg AS price_24h_ago, CASE WHEN h.price_avg > 0 THEN (p.last_price - h.price_avg) / h.price_avg END AS change_24h,
       (SELECT k.volatility_index FROM pricing_canonical k WHERE k.pool_id = p.id AND k.observed_at <= NOW() AND k.observed_at >= NOW() - INTERVAL 8 DAY ORDER BY k.observed_at DESC LIMIT 1) AS volatility,
       p.avg_boot_time_seconds AS boot_seconds, p.boot_sample_count AS boot_samples,
       CASE WHEN p.instance_days_30d > 0 THEN p.notice_count_30d / p.instance_days_30d END AS notices_per_instance_day,
       COALESCE(u.outages, 0) AS outages_30d, COALESCE(u.seconds, 0) AS outage_seconds_30d,
       (SELECT COALESCE(SUM(k.total_instances), 0) FROM spotop_pool_counts k WHERE k.pool_id = p.id) AS instances
FROM spot_pools p
LEFT JOIN ondemand_prices o ON o.instance_type = p.instance_type AND o.region = p.region
	AND o.recorded_at = (SELECT MAX(x.recorded_at) FROM ondemand_prices x WHERE x.instance_type = p.instance_type AND x.region = p.region AND x.recorded_at <= NOW())
LEFT JOIN pool_price_hourly h ON h.pool_id = p.id AND h.hour_at = TIMESTAMP(DATE_FORMAT(NOW() - INTERVAL 24 HOUR, '%Y-%m-%d %H:00:00'))
LEFT JOIN (SELECT w.pool_id, COUNT(*) AS outages, SUM(w.seconds) AS seconds FROM v_outages w WHERE NOT w.is_planned AND COALESCE(w.ended_at > NOW() - INTERVAL 30 DAY, TRUE)
	GROUP BY w.pool_id) u ON u.pool_id = p.id
WHERE (:region IS NULL OR p.region = :region)
