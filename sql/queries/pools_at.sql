-- Pools with what they cost at :at, the on-demand price then, and who was there.
-- :param region str
-- :param at str
-- :param agent str
SELECT p.id AS pool, p.instance_type, p.region, p.az, NULL AS is_active,
       CASE WHEN d.id IS NULL THEN NULL ELSE d.action = 'cordon' AND COALESCE(STR_TO_DATE(JSON_VALUE(d.after_state, '$.cordoned_until'), '%Y-%m-%dT%H:%i:%sZ') > :at, 1) END AS is_cordoned, NULL AS capacity,
       q.price AS spot_usd_per_hour, q.price_at AS last_price_at, q.tier AS price_tier, o.price AS ondemand_usd_per_hour,
       CASE WHEN o.price > 0 AND q.price IS NOT NULL THEN (o.price - q.price) / o.price END AS saving,
       h.price_avg AS price_24h_ago, CASE WHEN h.price_avg > 0 THEN (q.price - h.price_avg) / h.price_avg END AS change_24h,
       (SELECT k.volatility_index FROM pricing_canonical k WHERE k.pool_id = p.id AND k.observed_at <= :at AND k.observed_at >= CAST(:at AS DATETIME) - INTERVAL 8 DAY ORDER BY k.observed_at DESC LIMIT 1) AS volatility,
       CAST(NULL AS INT) AS boot_seconds, CAST(NULL AS INT) AS boot_samples, CAST(NULL AS DECIMAL(10,4)) AS notices_per_instance_day,
       COALESCE(u.outages, 0) AS outages_30d, COALESCE(u.seconds, 0) AS outage_seconds_30d,
       COALESCE(n.instances, 0) AS instances
FROM spot_pools p
JOIN (
	-- :include asof_prices
) q ON q.pool_id = p.id
LEFT JOIN (
	-- :include asof_ondemand
) o ON o.instance_type = p.instance_type AND o.region = p.region
LEFT JOIN pool_price_hourly h ON h.pool_id = p.id AND h.hour_at = TIMESTAMP(DATE_FORMAT(CAST(:at AS DATETIME) - INTERVAL 24 HOUR, '%Y-%m-%d %H:00:00'))
LEFT JOIN (SELECT i.current_pool_id, COUNT(*) AS instances FROM (
	-- :include asof_instances
) i WHERE i.lived AND i.state <> 'terminated' GROUP BY i.current_pool_id) n ON n.current_pool_id = p.id
LEFT JOIN (SELECT x.target_id, MAX(x.id) AS id FROM v_audit x WHERE x.target_type = 'pool' AND x.action IN ('cordon', 'uncordon') AND x.result = 'done' AND x.at <= :at
	GROUP BY x.target_id) m ON m.target_id = p.id
LEFT JOIN v_audit d ON d.id = m.id
LEFT JOIN (SELECT w.pool_id, COUNT(*) AS outages, SUM(IF(w.ended_at <= :at, w.seconds, TIMESTAMPDIFF(SECOND, w.began_at, CAST(:at AS DATETIME)))) AS seconds FROM v_outages w
	WHERE NOT w.is_planned AND w.began_at <= :at AND COALESCE(w.ended_at > CAST(:at AS DATETIME) - INTERVAL 30 DAY, TRUE) GROUP BY w.pool_id) u ON u.pool_id = p.id
WHERE p.created_at <= :at AND (:region IS NULL OR p.region = :region)
