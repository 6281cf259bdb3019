-- The evidence for an agent's health, the gravest first, each with its remedy and what not to do.
-- :param agent str
WITH a AS (
	SELECT s.*, TIMESTAMPDIFF(SECOND, NOW(), s.notice_deadline) AS notice_left,
		CAST(COALESCE(p.boot_p95_seconds, p.avg_boot_time_seconds) AS SIGNED) AS boot_s, p.boot_sample_count AS boot_n, p.id AS boot_pool,
		s.enabled AND s.seconds_since_heartbeat > 1.5 * s.heartbeat_interval_seconds AS silent_now
	FROM v_agent_status s
	LEFT JOIN spot_pools p ON p.id = s.fastest_boot_pool_id AND p.boot_sample_count > 0
	WHERE s.agent_id = (SELECT id FROM agents WHERE id = :agent UNION SELECT MIN(id) FROM agents WHERE logical_agent_id = :agent HAVING COUNT(*) = 1 LIMIT 1)
), zone AS (
	SELECT COUNT(*) AS n, SUM(o.silent_at < NOW()) AS silent, SUM(o.notice_status <> 'none') AS noticed
	FROM a JOIN agents o ON o.az = a.az AND o.enabled
), one AS (
	SELECT 10 AS place, 'off' AS severity, 'disabled' AS cause, 'the agent is disabled: nothing is expected of it' AS evidence,
		a.updated_at AS at, 'agent' AS source, 'enable it in its configuration' AS remedy, NULL AS do_not FROM a WHERE NOT a.enabled
	UNION ALL
	SELECT 11, 'unknown', 'never_beat', CONCAT('it registered ', TIMESTAMPDIFF(MINUTE, a.created_at, NOW()), ' m ago and has never beaten'),
		a.created_at, 'computed', 'see on the box whether the agent runs and reaches the database', 'do not read its status: it was never confirmed'
	FROM a WHERE a.enabled AND a.last_heartbeat_at IS NULL
	UNION ALL
	SELECT 12, IF(a.health = 'dead', 'dead', IF(a.seconds_since_heartbeat > LEAST(3 * a.heartbeat_interval_seconds, 90), 'crit', 'warn')), 'silent',
		CONCAT('no heartbeat for ', a.seconds_since_heartbeat, ' s; one is due every ', a.heartbeat_interval_seconds, ' s, so ',
			a.seconds_since_heartbeat DIV a.heartbeat_interval_seconds, ' are missing',
			IF(a.status = 'online', '; its status still says online, as a dead agent''s does', '')),
		a.last_heartbeat_at, 'computed',
		IF(z.n > 3 AND z.silent * 2 > z.n, 'look at the zone first (below)', 'see whether the box lives; if not, launch a replacement: a l'),
		'do not queue a switch for it: nobody would carry it out'
	FROM a JOIN zone z WHERE a.enabled AND a.seconds_since_heartbeat > 1.5 * a.heartbeat_interval_seconds
	UNION ALL
	SELECT 13, 'dead', 'offline', 'the agent said that it goes offline', a.updated_at, 'agent', 'start the agent again, or disable it', NULL
	FROM a WHERE a.enabled AND a.status = 'offline'
	UNION ALL
	SELECT 14, 'crit', 'agent_error', 'the agent reports an error of its own', a.updated_at, 'agent', 'read its log on the box; its events: l', NULL
	FROM a WHERE a.enabled AND a.status = 'error'
	UNION ALL
	SELECT 5, 'crit', 'termination_notice',
		CONCAT('AWS takes the box away: notice ', COALESCE(CONCAT(TIMESTAMPDIFF(SECOND, a.notice_received_at, NOW()), ' s ago'), 'received'), ', ',
			IF(a.notice_left >= 0, CONCAT(a.notice_left, ' s left'), CONCAT(-a.notice_left, ' s past its deadline'))),
		a.notice_received_at, 'agent',
		IF(a.replica_count > 0, 'promote the ready replica: a p', IF(a.boot_s IS NULL, 'switch now: a s', CONCAT('switch now: a s; ', a.boot_pool, ' boots fastest'))),
		'do not terminate it by hand: the notice does that'
	FROM a WHERE a.notice_status = 'termination'
	UNION ALL
	SELECT 6, IF(a.replica_count > 0 OR a.notice_left >= a.boot_s, 'warn', 'crit'), 'verdict',
		CASE WHEN a.replica_count > 0 THEN CONCAT('a replica is ready: MAKES IT with ', a.notice_left, ' s to spare')
			WHEN a.boot_s IS NULL THEN 'no replica, and no boot time is known (n=0): the outcome is NOT KNOWN'
			WHEN a.notice_left >= a.boot_s THEN CONCAT('no replica; ', a.boot_pool, ' boots in ', a.boot_s, ' s (n=', a.boot_n, '): MAKES IT +', a.notice_left - a.boot_s, ' s if switched now')
			ELSE CONCAT('no replica; ', a.boot_pool, ' boots in ', a.boot_s, ' s (n=', a.boot_n, '): MISSES BY ', a.boot_s - a.notice_left, ' s') END,
		NULL, 'computed', NULL, NULL
	FROM a WHERE a.notice_status = 'termination' AND a.notice_deadline IS NOT NULL
	UNION ALL
	SELECT 20, 'warn', 'rebalance_notice', CONCAT('AWS recommends to rebalance, ', COALESCE(CONCAT(TIMESTAMPDIFF(MINUTE, a.notice_received_at, NOW()), ' m ago'), 'time unknown'),
			': a risk, not a countdown'), a.notice_received_at, 'agent', 'switch it while there is time: a s', NULL
	FROM a WHERE a.notice_status = 'rebalance'
	UNION ALL
	SELECT 7, 'crit', 'no_primary', CONCAT('no primary instance; ', a.replica_count, ' replicas, ', a.launching_count, ' launching, ', a.promoting_count, ' promoting'),
		(SELECT MAX(i.terminated_at) FROM instances i WHERE i.agent_id = a.agent_id AND i.instance_status = 'terminated'), 'database',
		IF(a.replica_count > 0, 'promote a replica: a p', IF(a.launching_count > 0, 'wait for the launch under way', 'launch a primary: a l')), NULL
	FROM a WHERE a.enabled AND a.primary_count = 0
	UNION ALL
	SELECT 7, 'crit', 'two_primaries', CONCAT(a.primary_count, ' primaries: ', (SELECT GROUP_CONCAT(i.id ORDER BY i.id SEPARATOR ', ') FROM instances i
			WHERE i.agent_id = a.agent_id AND i.is_primary AND i.is_active)), NULL, 'database', 'find out which one serves; terminate the other', 'do not promote anything now'
	FROM a WHERE a.enabled AND a.primary_count > 1
	UNION ALL
	SELECT 15, 'crit', 'launch_overdue', CONCAT(i.id, ' is launching for ', TIMESTAMPDIFF(SECOND, i.launch_requested_at, NOW()), ' s in ', COALESCE(i.current_pool_id, i.current_mode), '; the limit is 300 s'),
		i.launch_requested_at, 'database', 'terminate it and launch elsewhere: a t on the instance, a l', NULL
	FROM a JOIN instances i ON i.agent_id = a.agent_id AND i.instance_status = 'launching' AND i.is_active AND i.launch_requested_at < NOW() - INTERVAL 300 SECOND
	UNION ALL
	SELECT 16, 'crit', 'termination_overdue', CONCAT(i.id, ' is terminating for ', TIMESTAMPDIFF(SECOND, i.termination_requested_at, NOW()), ' s; the limit is 300 s, and it costs money until it is gone'),
		i.termination_requested_at, 'database', 'terminate it again: a t on the instance', NULL
	FROM a JOIN instances i ON i.agent_id = a.agent_id AND i.instance_status = 'terminating' AND i.is_active AND i.termination_requested_at < NOW() - INTERVAL 300 SECOND
	UNION ALL
	SELECT 25, 'warn', 'zombies', CONCAT(a.zombie_count, ' zombie(s): ', (SELECT GROUP_CONCAT(i.id ORDER BY i.id SEPARATOR ', ') FROM instances i WHERE i.agent_id = a.agent_id AND i.instance_status = 'zombie' AND i.is_active),
			COALESCE(CONCAT(', $', (SELECT ROUND(SUM(IF(i.current_mode = 'spot', i.spot_price, i.ondemand_price)), 4) FROM instances i WHERE i.agent_id = a.agent_id AND i.instance_status = 'zombie' AND i.is_active), '/h'), '')),
		NULL, 'database', 'terminate them: a t on the instance', NULL
	FROM a WHERE a.zombie_count > 0
	UNION ALL
	SELECT 17, 'crit', 'command_stuck', CONCAT(m.command_type, ' ', LEFT(m.id, 8), ' is executing for ', TIMESTAMPDIFF(SECOND, m.executed_at, NOW()), ' s at stage ', m.stage,
			IF(m.lease_until < NOW(), ', and its lease ran out', '')), m.executed_at, 'database', 'see its stages: commands (5); the worker parks it when the agent is gone', 'do not issue it again: it may still act'
	FROM a JOIN commands m ON m.agent_id = a.agent_id AND m.status = 'executing' AND (m.lease_until < NOW() OR m.executed_at < NOW() - INTERVAL 600 SECOND)
	UNION ALL
	SELECT 26, 'warn', 'command_waiting', CONCAT(m.command_type, ' ', LEFT(m.id, 8), ' waits since ', TIMESTAMPDIFF(SECOND, m.created_at, NOW()), ' s to be picked up'),
		m.created_at, 'database', 'cancel it if it is no longer wanted: a on the command', NULL
	FROM a JOIN commands m ON m.agent_id = a.agent_id AND m.status = 'pending' AND m.created_at < NOW() - INTERVAL 60 SECOND
	UNION ALL
	SELECT 27, 'warn', 'clock_skew', CONCAT('its clock is ', ROUND(ABS(a.clock_skew_ms) / 1000, 1), ' s ', IF(a.clock_skew_ms > 0, 'ahead of', 'behind'), ' the server''s'),
		a.last_heartbeat_at, 'agent', 'set its clock (chrony): deadlines and prices of it are off by that', NULL
	FROM a WHERE ABS(a.clock_skew_ms) > 2000
	UNION ALL
	SELECT 8, 'crit', 'zone', CONCAT(z.silent, ' of ', z.n, ' agents in ', a.az, ' are silent: the zone or its network, not this agent'), NULL, 'computed',
		'see the zone: agents filtered by az; move what matters out of it', 'do not mend agents one by one'
	FROM a JOIN zone z WHERE a.silent_now AND z.n > 3 AND z.silent * 2 > z.n
	UNION ALL
	SELECT 8, 'crit', 'zone', CONCAT(z.noticed, ' of ', z.n, ' agents in ', a.az, ' are under notice: the zone is being emptied, not this agent alone'), NULL, 'computed',
		'spotop switch --filter az=ZONE --to best empties it, each to its best pool', NULL
	FROM a JOIN zone z WHERE a.notice_status <> 'none' AND z.n > 3 AND z.noticed * 2 > z.n
	UNION ALL
	SELECT 90, 'ok', 'healthy', CONCAT('heartbeat ', a.seconds_since_heartbeat, ' s ago (every ', a.heartbeat_interval_seconds, ' s), one primary, ', a.replica_count, ' replicas, no notice'),
		a.last_heartbeat_at, 'computed', NULL, NULL
	FROM a WHERE a.health = 'ok'
)
SELECT ROW_NUMBER() OVER (ORDER BY one.place, one.at) AS n, one.severity, one.cause, one.evidence, one.at,
       TIMESTAMPDIFF(SECOND, one.at, NOW()) AS age_seconds, one.source, one.remedy, one.do_not,
       a.agent_id, a.agent, a.health, a.instance_id
FROM one JOIN a
