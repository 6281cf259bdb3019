-- What becomes of each agent under notice: what it counts on, what that still takes, and the verdict in the words that
-- every place says. It counts on the first of these: an instance that already took over (RESCUED); a ready replica or one
-- that is being promoted; the instance that is launching; a switch to its fastest usable pool (of its type and region,
-- active, not cordoned, not blacklisted, nobody in it under notice; the agent's own choice first, then known boot times).
--   verdict   RESCUED, MISSED (the deadline passed), MAKES IT, MISSES BY, OVERRUN (longer than any boot seen) or NOT KNOWN
--   margin_s  the seconds left less those it takes; basis: what it counts on; says: both in a sentence
--   boot_*    by boot_left() of 84-alerts.sql. of: which agents a; most: how many, the most urgent of them
SELECT v.*, CONCAT(v.basis, ': ', v.verdict, CASE v.verdict WHEN 'MAKES IT' THEN CONCAT(' +', v.margin_s, ' s') WHEN 'MISSES BY' THEN CONCAT(' ', -v.margin_s, ' s')
	WHEN 'OVERRUN' THEN ', unknown' ELSE '' END) AS says
FROM (SELECT t.agent_id, t.left_s, t.rescuer_id, t.replica_id, t.launching_id, t.launching_s, t.boot_pool, t.boot_n, t.takes_s, t.launching_s_or_0 + t.takes_s AS boot_s,
		IF(t.rescuer_id IS NULL, t.left_s - t.takes_s, NULL) AS margin_s,
		CASE WHEN t.rescuer_id IS NOT NULL THEN 'RESCUED' WHEN t.left_s < 0 THEN 'MISSED' WHEN t.longest_s IS NOT NULL THEN 'OVERRUN' WHEN t.left_s < t.takes_s THEN 'MISSES BY'
			WHEN t.left_s >= t.takes_s AND NOT t.is_slowest THEN 'MAKES IT' ELSE 'NOT KNOWN' END AS verdict,
		CASE WHEN t.rescuer_id IS NOT NULL THEN CONCAT(t.rescuer_id, ' is the running primary')
			WHEN t.left_s IS NULL THEN 'its deadline is not known'
			WHEN t.left_s < 0 THEN CONCAT('its deadline passed ', {{in_words(-t.left_s)}}, ' ago')
			WHEN t.replica_id IS NOT NULL THEN CONCAT('replica ', t.replica_id, IF(t.is_promoting, ' is being promoted', ' is ready'), IF(t.boot_n > 0, CONCAT(', promoted in ', t.takes_s, ' s (n=', t.boot_n, ')'), ''))
			WHEN t.launching_id IS NULL AND t.boot_pool IS NULL THEN 'no replica, no usable pool'
			ELSE CONCAT(IF(t.launching_id IS NULL, CONCAT('no replica, ', t.boot_pool), CONCAT(t.launching_id, ' is launching for ', t.launching_s, ' s')),
				CASE WHEN t.longest_s IS NOT NULL THEN CONCAT(' in ', t.boot_pool, ', the longest boot seen took ', t.longest_s, ' s (n=', t.seen_n, ')')
					WHEN t.boot_n = 0 THEN CONCAT(IF(t.launching_id IS NULL, '', CONCAT(' in ', t.boot_pool)), ', its boot time is not known (n=0)')
					WHEN t.takes_s IS NULL THEN CONCAT(IF(t.launching_id IS NULL, '', CONCAT(' in ', t.boot_pool)), ', ', t.failed_n, ' of ', t.boot_n, ' such launches failed', t.boot_of)
					ELSE CONCAT(IF(t.launching_id IS NULL, ' boots in ', ' of '), t.launching_s_or_0 + t.takes_s, ' s', IF(t.launching_id IS NULL, '', CONCAT(' in ', t.boot_pool)),
						' (', IF(t.is_slowest, 'slowest of ', 'n='), t.boot_n, t.boot_of, IF(t.failed_n > 0, CONCAT(', ', t.failed_n, ' failed'), ''), ')') END) END AS basis
	FROM (SELECT r.*, COALESCE(r.launching_s, 0) AS launching_s_or_0,
			IF(r.replica_id IS NULL, CAST(JSON_VALUE(r.boot, '$.s') AS SIGNED), COALESCE(r.promoted_s, 0)) AS takes_s,
			IF(r.replica_id IS NULL, COALESCE(CAST(JSON_VALUE(r.boot, '$.n') AS SIGNED), 0), r.promoted_n) AS boot_n,
			COALESCE(CAST(JSON_VALUE(r.boot, '$.slowest') AS SIGNED), 0) AS is_slowest,
			CAST(JSON_VALUE(r.boot, '$.failed') AS SIGNED) AS failed_n, CAST(JSON_VALUE(r.boot, '$.longest') AS SIGNED) AS longest_s, CAST(JSON_VALUE(r.boot, '$.seen') AS SIGNED) AS seen_n,
			ELT(JSON_VALUE(r.boot, '$.of'), '', ' of its region and type', ' of its region', ' of the fleet') AS boot_of
		FROM (SELECT n.id AS agent_id, n.left_s, n.rescuer_id, n.replica_id, h.instance_status = 'promoting' AS is_promoting,
				l.id AS launching_id, GREATEST(0, UNIX_TIMESTAMP() - UNIX_TIMESTAMP(l.launch_requested_at)) AS launching_s,
				CASE WHEN n.replica_id IS NOT NULL THEN h.current_pool_id WHEN l.id IS NOT NULL THEN COALESCE(l.current_pool_id, 'on-demand') ELSE p.id END AS boot_pool,
				CAST(k.downtime_p95_seconds AS SIGNED) AS promoted_s, COALESCE(IF(k.downtime_p95_seconds IS NULL, 0, k.downtime_n_30d), 0) AS promoted_n,
				CASE WHEN n.rescuer_id IS NOT NULL OR n.left_s < 0 OR n.replica_id IS NOT NULL THEN NULL
					WHEN l.id IS NOT NULL THEN boot_left(l.current_pool_id, l.instance_type, l.region, GREATEST(0, UNIX_TIMESTAMP() - UNIX_TIMESTAMP(l.launch_requested_at)))
					WHEN p.id IS NOT NULL THEN boot_left(p.id, p.instance_type, p.region, NULL) END AS boot
			FROM (SELECT a.*, {{notice_left_s(a)}} AS left_s, {{rescuer_of(a)}} AS rescuer_id,
					(SELECT i.id FROM instances i WHERE i.agent_id = a.id AND i.instance_status IN ('running_replica', 'promoting') AND i.is_active AND NOT i.id <=> a.notice_instance_id
						ORDER BY i.instance_status = 'promoting' DESC, i.id LIMIT 1) AS replica_id,
					(SELECT i.id FROM instances i WHERE i.agent_id = a.id AND i.is_primary = FALSE AND i.instance_status = 'launching' AND i.is_active
						ORDER BY {{overdue(i.launch_requested_at, NOW())}}, i.launch_requested_at, i.id LIMIT 1) AS launch_id
				FROM agents a WHERE a.notice_status IN ('rebalance', 'termination') AND a.enabled AND {{of}}
				ORDER BY a.notice_status = 'termination' DESC, a.notice_deadline, a.logical_agent_id LIMIT {{most}}) n
			LEFT JOIN instances h ON h.id = n.replica_id
			LEFT JOIN spot_pools k ON k.id = h.current_pool_id
			LEFT JOIN instances l ON l.id = n.launch_id AND n.replica_id IS NULL
			LEFT JOIN spot_pools p ON n.replica_id IS NULL AND n.launch_id IS NULL AND p.id = (SELECT q.id FROM spot_pools q
				WHERE q.instance_type = n.instance_type AND q.region = n.region AND q.is_active
				AND NOT {{is_cordoned(q)}}
				AND NOT EXISTS (SELECT 1 FROM agents x FORCE INDEX (idx_agents_notice) WHERE x.notice_status IN ('rebalance', 'termination')
					AND x.current_pool_id = q.id AND x.enabled)
				AND NOT EXISTS (SELECT 1 FROM agent_configs g WHERE g.agent_id = n.id AND JSON_CONTAINS(g.blacklist_pools, JSON_QUOTE(q.id)))
				ORDER BY q.id <=> n.fastest_boot_pool_id DESC, q.boot_sample_count = 0, COALESCE(q.boot_p95_seconds, q.avg_boot_time_seconds) IS NULL,
					COALESCE(q.boot_p95_seconds, q.avg_boot_time_seconds), q.id LIMIT 1)
			LIMIT {{most}}) r) t) v
