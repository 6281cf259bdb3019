-- What the last 30 days say of each pool: boots, downtimes, notices, instance-days.
UPDATE spot_pools p
LEFT JOIN (SELECT DISTINCT new_pool_id AS id, PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY boot_seconds) OVER (PARTITION BY new_pool_id) AS boot_p50,
	PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY boot_seconds) OVER (PARTITION BY new_pool_id) AS boot_p95,
	AVG(boot_seconds) OVER (PARTITION BY new_pool_id) AS boot_avg, COUNT(boot_seconds) OVER (PARTITION BY new_pool_id) AS boot_n,
	PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY downtime_seconds) OVER (PARTITION BY new_pool_id) AS down_p95,
	COUNT(downtime_seconds) OVER (PARTITION BY new_pool_id) AS down_n
	FROM switches WHERE new_pool_id IS NOT NULL AND switched_at > NOW() - INTERVAL 30 DAY) s ON s.id = p.id
LEFT JOIN (SELECT JSON_VALUE(metadata, '$.pool') AS id, SUM(event_type = 'termination_notice') AS notices, SUM(event_type = 'rebalance_notice') AS rebalances
	FROM system_events WHERE event_type IN ('termination_notice', 'rebalance_notice') AND created_at > NOW() - INTERVAL 30 DAY GROUP BY id) e ON e.id = p.id
LEFT JOIN (SELECT current_pool_id AS id, SUM(UNIX_TIMESTAMP(COALESCE(terminated_at, NOW())) - UNIX_TIMESTAMP(GREATEST(launch_requested_at, NOW() - INTERVAL 30 DAY))) / 86400 AS days
	FROM instances WHERE COALESCE(terminated_at, NOW()) > NOW() - INTERVAL 30 DAY GROUP BY current_pool_id) d ON d.id = p.id
SET p.boot_p50_seconds = s.boot_p50, p.boot_p95_seconds = s.boot_p95, p.boot_n_30d = COALESCE(s.boot_n, 0), p.boot_sample_count = COALESCE(s.boot_n, 0),
	p.avg_boot_time_seconds = COALESCE(s.boot_avg, p.avg_boot_time_seconds), p.downtime_p95_seconds = s.down_p95, p.downtime_n_30d = COALESCE(s.down_n, 0),
	p.notice_count_30d = COALESCE(e.notices, 0), p.rebalance_count_30d = COALESCE(e.rebalances, 0), p.instance_days_30d = COALESCE(d.days, 0), p.stats_at = NOW()
