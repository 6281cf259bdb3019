-- Thirty days of each pool: boot and down times (median and 95th of 100), notices, and the days instances ran there.
-- Read first and written by key, in the order of keys: an UPDATE of joined tables would lock every instance it looks at.
-- Its answer: how many changed, and a row of each that takes no figures, with the reason; the others have theirs.
BEGIN NOT ATOMIC
	DECLARE v_n, v_ok INT DEFAULT 0;
	DECLARE v_failed LONGTEXT DEFAULT '[]';
	FOR s IN (SELECT p.id, LEAST(65535, ROUND(b.p50)) AS boot_p50, LEAST(65535, CEIL(b.p95)) AS boot_p95, COALESCE(b.n, 0) AS boots,
			LEAST(65535, CEIL(d.p95)) AS down_p95, COALESCE(d.n, 0) AS downs, COALESCE(e.terminations, 0) AS terminations,
			COALESCE(e.rebalances, 0) AS rebalances, COALESCE(LEAST(99999999, ROUND(i.days, 2)), 0) AS days
		FROM spot_pools p
		LEFT JOIN (SELECT DISTINCT new_pool_id, PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY boot_seconds) OVER (PARTITION BY new_pool_id) AS p50,
				PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY boot_seconds) OVER (PARTITION BY new_pool_id) AS p95, COUNT(*) OVER (PARTITION BY new_pool_id) AS n
			FROM switches WHERE switched_at >= NOW() - INTERVAL 30 DAY AND new_pool_id IS NOT NULL AND boot_seconds IS NOT NULL) b ON b.new_pool_id = p.id
		LEFT JOIN (SELECT DISTINCT new_pool_id, PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY downtime_seconds) OVER (PARTITION BY new_pool_id) AS p95, COUNT(*) OVER (PARTITION BY new_pool_id) AS n
			FROM switches WHERE switched_at >= NOW() - INTERVAL 30 DAY AND new_pool_id IS NOT NULL AND downtime_seconds IS NOT NULL AND success) d ON d.new_pool_id = p.id
		LEFT JOIN (SELECT JSON_VALUE(metadata, '$.pool') AS pool_id, SUM(event_type = 'termination_notice') AS terminations, SUM(event_type = 'rebalance_notice') AS rebalances
			FROM system_events WHERE event_type IN ('termination_notice', 'rebalance_notice') AND created_at >= NOW() - INTERVAL 30 DAY GROUP BY 1) e ON e.pool_id = p.id
		LEFT JOIN (SELECT current_pool_id, SUM(GREATEST(0, TIMESTAMPDIFF(SECOND, GREATEST(COALESCE(launch_confirmed_at, created_at), NOW() - INTERVAL 30 DAY), COALESCE(terminated_at, NOW())))) / 86400 AS days
			FROM instances WHERE current_mode = 'spot' AND instance_status <> 'launching' AND COALESCE(terminated_at, NOW()) > NOW() - INTERVAL 30 DAY GROUP BY current_pool_id) i ON i.current_pool_id = p.id
		ORDER BY p.id) DO
		BEGIN
			-- :include each_alone what=s.id
			UPDATE spot_pools SET boot_p50_seconds = s.boot_p50, boot_p95_seconds = s.boot_p95, boot_n_30d = s.boots,
				downtime_p95_seconds = s.down_p95, downtime_n_30d = s.downs, notice_count_30d = s.terminations,
				rebalance_count_30d = s.rebalances, instance_days_30d = s.days, stats_at = NOW()
			WHERE id = s.id;
			SET v_n = v_n + ROW_COUNT(), v_ok = v_ok + 1;
		END;
	END FOR;
	-- :include each_failed type='pool_stats'
END
