-- What an agent under notice has to take over without a ready replica, and the seconds until it could: the box that
-- is launching already, or else a switch to its fastest usable pool. Usable: of its type and region, active, not
-- cordoned, not blacklisted, nobody in it under notice, boots known; the agent's own choice comes first among those. Boot times are p95 of 30
-- days, else the average; boot_n is theirs. of: which agents a; most: how many, the most urgent of them.
SELECT n.id AS agent_id, l.id AS launching_id, TIMESTAMPDIFF(SECOND, l.launch_requested_at, NOW()) AS launching_s, p.id AS boot_pool,
	CAST(COALESCE(p.boot_p95_seconds, p.avg_boot_time_seconds) AS SIGNED) AS boot_s, p.boot_p95_seconds IS NOT NULL AS is_p95,
	IF(p.boot_p95_seconds IS NULL, p.boot_sample_count, p.boot_n_30d) AS boot_n,
	CAST(IF(l.id IS NULL, COALESCE(p.boot_p95_seconds, p.avg_boot_time_seconds),
		GREATEST(CAST(COALESCE(p.boot_p95_seconds, p.avg_boot_time_seconds) AS SIGNED) - TIMESTAMPDIFF(SECOND, l.launch_requested_at, NOW()), 0)) AS SIGNED) AS takes_s
FROM (SELECT a.* FROM agents a WHERE a.notice_status IN ('rebalance', 'termination') AND a.enabled
		AND {{of}}
	ORDER BY a.notice_status = 'termination' DESC, a.notice_deadline, a.logical_agent_id LIMIT {{most}}) n
LEFT JOIN instances l ON l.id = (SELECT i.id FROM instances i WHERE i.agent_id = n.id AND i.instance_status = 'launching' AND i.is_active
	ORDER BY i.launch_requested_at LIMIT 1)
LEFT JOIN spot_pools p ON p.boot_sample_count > 0 AND p.id = IF(l.id IS NOT NULL, l.current_pool_id,
	(SELECT q.id FROM spot_pools q WHERE q.instance_type = n.instance_type AND q.region = n.region AND q.is_active AND q.boot_sample_count > 0
		AND NOT {{is_cordoned(q)}}
		AND NOT EXISTS (SELECT 1 FROM agents x FORCE INDEX (idx_agents_notice) WHERE x.notice_status IN ('rebalance', 'termination')
			AND x.current_pool_id = q.id AND x.enabled)
		AND NOT EXISTS (SELECT 1 FROM agent_configs g WHERE g.agent_id = n.id AND JSON_CONTAINS(g.blacklist_pools, JSON_QUOTE(q.id)))
	ORDER BY q.id <=> n.fastest_boot_pool_id DESC, COALESCE(q.boot_p95_seconds, q.avg_boot_time_seconds), q.id LIMIT 1))
