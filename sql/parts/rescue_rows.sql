-- What each agent a under notice that is {{of}} counts on now: rescuer, replica, launch or pool, and what a boot there still
-- takes (rescue_of.sql), of which each kind is worked out once (boots_left.sql), however many wait for it.
WITH RECURSIVE noticed AS (
	SELECT n.id AS agent_id, n.left_s, n.rescuer_id, n.replica_id, h.instance_status = 'promoting' AS is_promoting,
		l.id AS launching_id, GREATEST(0, UNIX_TIMESTAMP() - UNIX_TIMESTAMP(l.launch_requested_at)) AS launching_s,
		CASE WHEN n.replica_id IS NOT NULL THEN h.current_pool_id WHEN l.id IS NOT NULL THEN COALESCE(l.current_pool_id, 'on-demand') ELSE p.id END AS boot_pool,
		CAST(k.downtime_p95_seconds AS SIGNED) AS promoted_s, COALESCE(IF(k.downtime_p95_seconds IS NULL, 0, k.downtime_n_30d), 0) AS promoted_n,
		n.rescuer_id IS NULL AND NOT COALESCE(n.left_s < 0, FALSE) AND n.replica_id IS NULL AND (l.id IS NOT NULL OR p.id IS NOT NULL) AS boots,
		IF(l.id IS NULL, p.id, l.current_pool_id) AS pool, IF(l.id IS NULL, p.instance_type, l.instance_type) AS type, IF(l.id IS NULL, p.region, l.region) AS region
	FROM (SELECT a.*, {{notice_left_s(a)}} AS left_s, {{rescuer_of(a)}} AS rescuer_id,
			(SELECT i.id FROM instances i WHERE i.agent_id = a.id AND i.instance_status IN ('running_replica', 'promoting') AND i.is_active AND NOT i.id <=> a.notice_instance_id
				ORDER BY i.instance_status = 'promoting' DESC, i.id LIMIT 1) AS replica_id,
			(SELECT i.id FROM instances i WHERE i.agent_id = a.id AND i.is_primary = FALSE AND i.instance_status = 'launching' AND i.is_active
				ORDER BY {{overdue(i.launch_requested_at, NOW())}}, i.launch_requested_at, i.id LIMIT 1) AS launch_id
		FROM agents a WHERE a.notice_status IN ('rebalance', 'termination') AND a.enabled AND {{of}} LIMIT 1000000000) n -- the limit: what is merged would look for each of these at each use
	LEFT JOIN instances h ON h.id = n.replica_id
	LEFT JOIN spot_pools k ON k.id = h.current_pool_id
	LEFT JOIN instances l ON l.id = n.launch_id AND n.replica_id IS NULL
	LEFT JOIN spot_pools p ON n.replica_id IS NULL AND n.launch_id IS NULL AND p.id = (SELECT q.id FROM spot_pools q
		WHERE q.instance_type = n.instance_type AND q.region = n.region
		AND {{is_usable(q, n.id, n.client_id, (SELECT g.blacklist_pools FROM agent_configs g WHERE g.agent_id = n.id))}}
		ORDER BY q.id <=> n.fastest_boot_pool_id DESC, q.boot_sample_count = 0, COALESCE(q.boot_p95_seconds, q.avg_boot_time_seconds) IS NULL,
			COALESCE(q.boot_p95_seconds, q.avg_boot_time_seconds), q.id LIMIT 1)
	UNION ALL SELECT * FROM noticed WHERE FALSE
), boot_keys AS (
	SELECT DISTINCT {{boot_place(n.pool, n.type, n.region)}} AS place, n.pool, n.type, n.region, COALESCE(n.launching_s, -1) AS gone FROM noticed n WHERE n.boots
	UNION ALL SELECT * FROM boot_keys WHERE FALSE
),
-- :include boots_left at=NOW()
SELECT n.agent_id, n.left_s, n.rescuer_id, n.replica_id, n.is_promoting, n.launching_id, n.launching_s, n.boot_pool, n.promoted_s, n.promoted_n, b.boot
FROM noticed n LEFT JOIN boots_left b ON n.boots AND b.place = {{boot_place(n.pool, n.type, n.region)}} AND b.gone = COALESCE(n.launching_s, -1)
