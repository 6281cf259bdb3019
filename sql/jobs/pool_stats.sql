-- Thirty days of each pool: boot and down times (median and 95th of 100), notices, and the days boxes ran there.
UPDATE spot_pools p
LEFT JOIN (SELECT DISTINCT new_pool_id, PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY boot_seconds) OVER (PARTITION BY new_pool_id) AS p50,
		PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY boot_seconds) OVER (PARTITION BY new_pool_id) AS p95, COUNT(*) OVER (PARTITION BY new_pool_id) AS n
	FROM switches WHERE switched_at >= NOW() - INTERVAL 30 DAY AND new_pool_id IS NOT NULL AND boot_seconds IS NOT NULL) b ON b.new_pool_id = p.id
LEFT JOIN (SELECT DISTINCT new_pool_id, PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY downtime_seconds) OVER (PARTITION BY new_pool_id) AS p95, COUNT(*) OVER (PARTITION BY new_pool_id) AS n
	FROM switches WHERE switched_at >= NOW() - INTERVAL 30 DAY AND new_pool_id IS NOT NULL AND downtime_seconds IS NOT NULL AND success) d ON d.new_pool_id = p.id
LEFT JOIN (SELECT JSON_VALUE(metadata, '$.pool') AS pool_id, SUM(event_type = 'termination_notice') AS terminations, SUM(event_type = 'rebalance_notice') AS rebalances
	FROM system_events WHERE event_type IN ('termination_notice', 'rebalance_notice') AND created_at >= NOW() - INTERVAL 30 DAY GROUP BY 1) e ON e.pool_id = p.id
LEFT JOIN (SELECT current_pool_id, SUM(GREATEST(0, TIMESTAMPDIFF(SECOND, GREATEST(COALESCE(launch_confirmed_at, created_at), NOW() - INTERVAL 30 DAY), COALESCE(terminated_at, NOW())))) / 86400 AS days
	FROM instances WHERE current_mode = 'spot' AND instance_status <> 'launching' AND COALESCE(terminated_at, NOW()) > NOW() - INTERVAL 30 DAY GROUP BY current_pool_id) i ON i.current_pool_id = p.id
SET p.boot_p50_seconds = LEAST(65535, b.p50), p.boot_p95_seconds = LEAST(65535, CEIL(b.p95)), p.boot_n_30d = COALESCE(b.n, 0),
	p.downtime_p95_seconds = LEAST(65535, CEIL(d.p95)), p.downtime_n_30d = COALESCE(d.n, 0),
	p.notice_count_30d = COALESCE(e.terminations, 0), p.rebalance_count_30d = COALESCE(e.rebalances, 0),
	p.instance_days_30d = COALESCE(LEAST(99999999, i.days), 0), p.stats_at = NOW()
