-- The agents as they were at :at (asof_agents), and what those under notice counted on then. Which pool a switch would have
-- gone to is known as long as nothing it is chosen by has changed since (pools_as_now).
-- :param at str
-- :param agent str
WITH RECURSIVE noticed AS (
	SELECT z.*, l.id AS launching_id, TIMESTAMPDIFF(SECOND, l.launch_requested_at, CAST(:at AS DATETIME)) AS launching_s,
		CASE WHEN z.replica_id IS NOT NULL THEN h.current_pool_id WHEN l.id IS NOT NULL THEN COALESCE(l.current_pool_id, 'on-demand') ELSE u.id END AS boot_pool,
		h.instance_status = 'promoting' AND h.updated_at <= :at AS is_promoting,
		CAST(k.downtime_p95_seconds AS SIGNED) AS promoted_s, COALESCE(IF(k.downtime_p95_seconds IS NULL, 0, k.downtime_n_30d), 0) AS promoted_n,
		z.notice_then <> 'none' AND z.rescuer_id IS NULL AND NOT COALESCE(z.left_s < 0, FALSE) AND z.replica_id IS NULL AND (l.id IS NOT NULL OR u.id IS NOT NULL) AS boots,
		IF(l.id IS NULL, u.id, l.current_pool_id) AS boots_in, IF(l.id IS NULL, u.instance_type, l.instance_type) AS boots_type, IF(l.id IS NULL, u.region, l.region) AS boots_region
	FROM (
		SELECT x.*, TIMESTAMPDIFF(SECOND, CAST(:at AS DATETIME), COALESCE(x.notice_deadline_then, x.noticed_at + INTERVAL 120 SECOND)) AS left_s,
			IF(x.notice_then <> 'none' AND x.primary_state = 'running_primary' AND IF(x.notice_instance_then IS NULL, x.primary_since > x.noticed_at, x.instance_id <> x.notice_instance_then), x.instance_id, NULL) AS rescuer_id,
			IF(x.notice_then = 'none', NULL, NULLIF(IF({{nth(x.replicas, 1)}} <=> x.notice_instance_then, IF(x.replicas LIKE '%,%', {{nth(x.replicas, 2)}}, NULL), {{nth(x.replicas, 1)}}), '')) AS replica_id,
			IF(x.notice_then = 'none', NULL, {{nth(x.launches, 1)}}) AS launch_id,
			x.notice_then <> 'none' AND NOT EXISTS (SELECT 1 FROM v_audit d WHERE d.target_type = 'pool' AND d.result = 'done' AND d.at > :at)
				AND NOT EXISTS (SELECT 1 FROM system_events v WHERE v.event_type IN ('rebalance_notice', 'termination_notice', 'notice_cleared') AND v.created_at > :at)
				AND NOT EXISTS (SELECT 1 FROM agents y JOIN instances w ON w.id = y.notice_instance_id WHERE y.notice_status <> 'none' AND w.terminated_at > :at)
				AND NOT EXISTS (SELECT 1 FROM spot_pools q WHERE q.stats_at > :at) AS pools_as_now
		FROM (
			-- :include asof_agent_rows
		) x
	) z
	LEFT JOIN instances h ON h.id = z.replica_id
	LEFT JOIN spot_pools k ON k.id = h.current_pool_id AND NOT COALESCE(k.stats_at > :at, FALSE)
	LEFT JOIN instances l ON l.id = z.launch_id AND z.replica_id IS NULL
	LEFT JOIN spot_pools u ON z.notice_then <> 'none' AND z.replica_id IS NULL AND z.launch_id IS NULL AND z.pools_as_now AND u.id = (SELECT q.id FROM spot_pools q
		WHERE q.instance_type = z.agent_type AND q.region = z.agent_region AND {{is_open(q, :at, z.client_id)}}
		AND NOT {{is_listed(q.id, (SELECT g.blacklist_pools FROM agent_configs g WHERE g.agent_id = z.id))}}
		ORDER BY q.id <=> z.fastest_boot_pool_id DESC, q.boot_sample_count = 0, COALESCE(q.boot_p95_seconds, q.avg_boot_time_seconds) IS NULL,
			COALESCE(q.boot_p95_seconds, q.avg_boot_time_seconds), q.id LIMIT 1)
	UNION ALL SELECT * FROM noticed WHERE FALSE
), boot_keys AS (
	SELECT DISTINCT {{boot_place(n.boots_in, n.boots_type, n.boots_region)}} AS place, n.boots_in AS pool, n.boots_type AS type, n.boots_region AS region, COALESCE(n.launching_s, -1) AS gone FROM noticed n WHERE n.boots
	UNION ALL SELECT * FROM boot_keys WHERE FALSE
),
-- :include boots_left at=CAST(:at AS DATETIME)
SELECT n.*, b.boot FROM noticed n LEFT JOIN boots_left b ON n.boots AND b.place = {{boot_place(n.boots_in, n.boots_type, n.boots_region)}} AND b.gone = COALESCE(n.launching_s, -1)
