-- The evidence for an agent's health, the gravest first, each with its remedy, the act that carries it out, and what not to do.
-- :param agent str
-- What is asked of one agent here is asked in thirty places. A plain WITH is worked out anew in each of them, a recursive
-- one once: hence the unions with nothing.
WITH RECURSIVE a AS (
	SELECT s.*, p.left_s AS notice_left, p.verdict, p.says, p.rescuer_id, p.boot_pool, p.launching_id,
		s.enabled AND s.seconds_since_heartbeat > LEAST({{warn_after(s.heartbeat_interval_seconds)}}, {{crit_most}}) AS silent_now,
		(SELECT COUNT(*) FROM instances i WHERE i.agent_id = s.agent_id AND i.instance_status = 'launching' AND i.is_active AND NOT {{overdue(i.launch_requested_at, NOW())}}) AS launches_in_time,
		(SELECT MIN(i.id) FROM instances i WHERE i.agent_id = s.agent_id AND i.is_primary = FALSE AND i.instance_status = 'running_replica' AND i.is_active) AS replica_id,
		(SELECT MIN(i.id) FROM instances i WHERE i.agent_id = s.agent_id AND i.is_primary = FALSE AND i.instance_status = 'zombie' AND i.is_active) AS zombie_id
	FROM v_agent_status s
	LEFT JOIN (
		-- :include rescue
	) p ON p.agent_id = s.agent_id
	WHERE s.agent_id = (SELECT id FROM agents WHERE id = :agent UNION SELECT MIN(id) FROM agents WHERE logical_agent_id = :agent HAVING COUNT(*) = 1 LIMIT 1)
	UNION ALL SELECT * FROM a WHERE FALSE
), near AS (
	SELECT COUNT(*) AS n, SUM(o.silent_at < NOW()) AS silent,
		SUM(o.az = a.az) AS az_n, SUM(o.az = a.az AND o.silent_at < NOW()) AS az_silent, SUM(o.az = a.az AND o.notice_status <> 'none') AS az_noticed,
		SUM(o.current_pool_id = a.current_pool_id) AS pool_n, SUM(o.current_pool_id = a.current_pool_id AND o.silent_at < NOW()) AS pool_silent,
		SUM(o.current_pool_id = a.current_pool_id AND o.notice_status <> 'none') AS pool_noticed,
		SUM(o.client_id = a.client_id) AS client_n, SUM(o.client_id = a.client_id AND o.silent_at < NOW()) AS client_silent
	FROM a JOIN agents o ON o.enabled
	WHERE a.silent_now OR a.notice_status <> 'none'
	UNION ALL SELECT * FROM near WHERE FALSE
), shared AS ( -- most of whom it shares something with are silent too: the widest of these says it
	SELECT * FROM (SELECT * FROM (
		SELECT 1 AS width, n.silent AS bad, n.n AS of, CONCAT(n.silent, ' of ', n.n, ' agents of the fleet are silent: the database, the way to it or its clock, not this agent') AS evidence,
			'spotop doctor, then the network between the agents and this server' AS remedy FROM near n
		UNION ALL
		SELECT 2, n.az_silent, n.az_n, CONCAT(n.az_silent, ' of ', n.az_n, ' agents in ', a.az, ' are silent: the zone or its network, not this agent'),
			CONCAT('see the zone: agents, filter az=', a.az, '; move what matters out of it') FROM a JOIN near n
		UNION ALL
		SELECT 3, n.pool_silent, n.pool_n, CONCAT(n.pool_silent, ' of ', n.pool_n, ' agents in the pool ', a.current_pool_id, ' are silent: the pool, not this agent'),
			CONCAT('see the pool: agents, filter pool=', a.current_pool_id, '; cordon it: a o on the pool') FROM a JOIN near n
		UNION ALL
		SELECT 4, n.client_silent, n.client_n, CONCAT(n.client_silent, ' of ', n.client_n, ' agents of ', a.client, ' are silent: the client''s network or token, not this agent'),
			CONCAT('ask ', a.client, '; agents, filter client=', a.client) FROM a JOIN near n
	) w WHERE w.of > 3 AND w.bad * 2 > w.of ORDER BY w.width LIMIT 1) s
	UNION ALL SELECT * FROM shared WHERE FALSE
), one AS (
	SELECT 10 AS place, 'off' AS severity, 'disabled' AS cause, 'the agent is disabled: nothing is expected of it' AS evidence,
		a.updated_at AS at, 'agent' AS source, 'enable it when it is wanted again: a c, enabled=on' AS remedy, NULL AS do_not,
		'config' AS verb, CAST(a.agent_id AS CHAR) AS verb_target, NULL AS verb_args FROM a WHERE NOT a.enabled
	UNION ALL
	SELECT 11, 'unknown', 'never_beat', CONCAT('it registered ', TIMESTAMPDIFF(MINUTE, a.created_at, NOW()), ' m ago and has never beaten'),
		a.created_at, 'computed', 'see on the box whether the agent runs and reaches the database', 'do not read its status: it was never confirmed', NULL, NULL, NULL
	FROM a WHERE a.enabled AND a.last_heartbeat_at IS NULL
	UNION ALL
	SELECT 12, IF(a.health = 'dead', 'dead', IF(a.seconds_since_heartbeat > {{crit_after(a.heartbeat_interval_seconds)}}, 'crit', 'warn')), 'silent',
		CONCAT('no heartbeat for ', a.seconds_since_heartbeat, ' s; one is due every ', a.heartbeat_interval_seconds, ' s, so ',
			a.seconds_since_heartbeat DIV a.heartbeat_interval_seconds, ' are missing',
			IF(a.status = 'online', '; its status still says online, as a dead agent''s does', '')),
		a.last_heartbeat_at, 'computed',
		IF(EXISTS (SELECT 1 FROM shared), 'look at what it shares first (above)', 'see whether the box lives; if not, launch a replacement: a l'),
		'do not queue a switch for it: nobody would carry it out',
		IF(EXISTS (SELECT 1 FROM shared) OR a.health = 'warn', NULL, 'launch'), CAST(a.agent_id AS CHAR), NULL
	FROM a WHERE a.silent_now
	UNION ALL
	SELECT 13, 'dead', 'offline', 'the agent said that it goes offline', a.updated_at, 'agent', 'start the agent again, or disable it: a c, enabled=off',
		'do not queue a switch for it: nobody would carry it out', 'config', CAST(a.agent_id AS CHAR), NULL
	FROM a WHERE a.enabled AND a.status = 'offline'
	UNION ALL
	SELECT 14, 'warn', 'agent_error', 'the agent reports an error of its own', a.updated_at, 'agent', 'read its log on the box; its events: l', NULL, NULL, NULL, NULL
	FROM a WHERE a.enabled AND a.status = 'error'
	UNION ALL
	SELECT 5, IF(a.rescuer_id IS NULL, 'crit', 'warn'), 'termination_notice',
		CONCAT('AWS takes ', IF(a.rescuer_id IS NULL, 'the box', 'its former box'), ' away: notice ', COALESCE(CONCAT(TIMESTAMPDIFF(SECOND, a.notice_received_at, NOW()), ' s ago'), 'received'), ', ',
			CASE WHEN a.notice_left IS NULL THEN 'deadline not said' WHEN a.notice_left >= 0 THEN CONCAT(a.notice_left, ' s left') ELSE CONCAT({{in_words(-a.notice_left)}}, ' past its deadline') END),
		a.notice_received_at, 'agent',
		CASE WHEN a.rescuer_id IS NOT NULL THEN CONCAT('none: ', a.rescuer_id, ' took over; the notice ends with its instance')
			WHEN a.promoting_count > 0 THEN 'wait for the promotion under way'
			WHEN a.replica_id IS NOT NULL THEN CONCAT('promote the ready replica ', a.replica_id, ': a p on it')
			WHEN a.launching_id IS NOT NULL AND a.verdict = 'MAKES IT' THEN CONCAT('wait for ', a.launching_id, ', then promote it')
			WHEN a.boot_pool IS NULL OR a.launching_id IS NOT NULL THEN 'switch now: a s' ELSE CONCAT('switch now: a s; ', a.boot_pool, ' boots fastest') END,
		'do not terminate it by hand: the notice does that',
		CASE WHEN a.rescuer_id IS NOT NULL OR a.promoting_count > 0 THEN NULL WHEN a.replica_id IS NOT NULL THEN 'promote'
			WHEN a.launching_id IS NOT NULL AND a.verdict = 'MAKES IT' THEN NULL ELSE 'switch' END, COALESCE(a.replica_id, CAST(a.agent_id AS CHAR)),
		IF(a.replica_id IS NULL AND a.launching_id IS NULL AND a.boot_pool IS NOT NULL, JSON_OBJECT('pool', a.boot_pool), NULL)
	FROM a WHERE a.enabled AND a.notice_status = 'termination'
	UNION ALL
	SELECT 6, IF(a.verdict IN ('RESCUED', 'MAKES IT'), 'warn', 'crit'), 'verdict', a.says, NULL, 'computed', NULL, NULL, NULL, NULL, NULL
	FROM a WHERE a.enabled AND a.notice_status = 'termination' AND a.says IS NOT NULL
	UNION ALL
	SELECT 20, 'warn', 'rebalance_notice', CONCAT('AWS recommends to rebalance, ', COALESCE(CONCAT(TIMESTAMPDIFF(MINUTE, a.notice_received_at, NOW()), ' m ago'), 'time unknown'),
			': a risk, not a countdown', (SELECT IF(r.rebalances_30d = 0, '', CONCAT('; here ', r.became_terminations_30d, ' of ', r.rebalances_30d, ' became terminations'))
			FROM (
				-- :include rebalance_rate
			) r)), a.notice_received_at, 'agent', 'switch it while there is time: a s', 'do not wait for a countdown: a termination leaves two minutes',
		'switch', CAST(a.agent_id AS CHAR), NULL
	FROM a WHERE a.enabled AND a.notice_status = 'rebalance'
	UNION ALL
	SELECT 4, 'crit', 'no_primary', CONCAT('no primary instance; ', a.replica_count, ' replicas, ', a.launching_count, ' launching, ', a.promoting_count, ' promoting'),
		(SELECT MAX(i.terminated_at) FROM instances i WHERE i.agent_id = a.agent_id AND i.instance_status = 'terminated'), 'database',
		IF(a.replica_id IS NOT NULL AND a.promoting_count = 0, CONCAT('promote the replica ', a.replica_id, ': a p on it'), CASE WHEN a.promoting_count > 0 THEN 'wait for the promotion under way' WHEN a.launches_in_time > 0 THEN 'wait for the launch under way'
			WHEN a.launching_count > 0 THEN 'launch elsewhere: a l; what hangs is told below' ELSE 'launch a primary: a l' END),
		CASE WHEN a.promoting_count > 0 THEN 'do not launch or promote another: one is being promoted' WHEN a.launches_in_time > 0 THEN 'do not launch another: one is on its way' END,
		IF(a.promoting_count > 0, NULL, IF(a.replica_id IS NOT NULL, 'promote', IF(a.launches_in_time > 0, NULL, 'launch'))), COALESCE(a.replica_id, CAST(a.agent_id AS CHAR)), NULL
	FROM a WHERE a.enabled AND a.primary_count = 0
	UNION ALL
	SELECT 4, 'crit', 'two_primaries', CONCAT(a.primary_count, ' primaries are counted: ', COALESCE((SELECT GROUP_CONCAT(i.id ORDER BY i.id SEPARATOR ', ') FROM instances i
			WHERE i.agent_id = a.agent_id AND i.is_primary AND i.is_active), 'none is there')), NULL, 'database',
		'find out which one serves and terminate the other; if there is one, the count drifted: spotop job run recount', 'do not promote anything now', NULL, NULL, NULL
	FROM a WHERE a.enabled AND a.primary_count > 1
	UNION ALL
	SELECT 15, 'crit', 'launch_overdue', CONCAT(i.id, ' is launching for ', TIMESTAMPDIFF(SECOND, i.launch_requested_at, NOW()), ' s in ', COALESCE(i.current_pool_id, i.current_mode), '; the limit is {{overdue_s}} s'),
		i.launch_requested_at, 'database', 'terminate it and launch elsewhere: a t on the instance, then a l', 'do not launch again into the same pool', 'terminate', i.id, NULL
	FROM a JOIN instances i ON i.agent_id = a.agent_id AND i.instance_status = 'launching' AND i.is_active AND {{overdue(i.launch_requested_at, NOW())}} WHERE a.enabled
	UNION ALL
	SELECT 16, 'crit', 'termination_overdue', CONCAT(i.id, ' is terminating for ', TIMESTAMPDIFF(SECOND, i.termination_requested_at, NOW()), ' s; the limit is {{overdue_s}} s, and it costs money until it is gone'),
		i.termination_requested_at, 'database', 'terminate it again: a t on the instance', NULL, 'terminate', i.id, NULL
	FROM a JOIN instances i ON i.agent_id = a.agent_id AND i.instance_status = 'terminating' AND i.is_active AND {{overdue(i.termination_requested_at, NOW())}} WHERE a.enabled
	UNION ALL
	SELECT 25, 'warn', 'zombies', CONCAT(a.zombie_count, ' zombie(s): ', COALESCE((SELECT GROUP_CONCAT(i.id ORDER BY i.id SEPARATOR ', ') FROM instances i WHERE i.agent_id = a.agent_id AND i.instance_status = 'zombie' AND i.is_active), 'not known which'),
			COALESCE(CONCAT(', $', (SELECT ROUND(SUM(IF(i.current_mode = 'spot', i.spot_price, i.ondemand_price)), 4) FROM instances i WHERE i.agent_id = a.agent_id AND i.instance_status = 'zombie' AND i.is_active), '/h'), '')),
		NULL, 'database', 'terminate them: a t on the instance', 'do not terminate the primary with them', 'terminate', a.zombie_id, NULL
	FROM a WHERE a.zombie_count > 0
	UNION ALL
	SELECT 17, 'crit', 'command_stuck', CONCAT(m.command_type, ' ', LEFT(m.id, 8), ' is executing for ', TIMESTAMPDIFF(SECOND, m.executed_at, NOW()), ' s at stage ', m.stage,
			IF(m.lease_until < NOW(), ', and its lease ran out', '')), m.executed_at, 'database', 'see its stages: commands (5); the worker parks it when the agent is gone', 'do not issue it again: it may still act', NULL, NULL, NULL
	FROM a JOIN commands m ON m.agent_id = a.agent_id AND m.status = 'executing' AND (m.lease_until < NOW() OR m.executed_at < NOW() - INTERVAL 600 SECOND)
	UNION ALL
	SELECT 26, 'warn', 'command_waiting', CONCAT(m.command_type, ' ', LEFT(m.id, 8), ' waits since ', TIMESTAMPDIFF(SECOND, m.created_at, NOW()), ' s to be picked up'),
		m.created_at, 'database', 'cancel it if it is no longer wanted: a n on the command', IF(a.silent_now, 'do not leave it: it fires when the agent returns', NULL), 'cancel', CAST(m.id AS CHAR), NULL
	FROM a JOIN commands m ON m.agent_id = a.agent_id AND {{is_pending(m)}} AND m.created_at < NOW() - INTERVAL 60 SECOND
	UNION ALL
	SELECT 27, 'warn', 'clock_skew', CONCAT('its clock is ', ROUND(ABS(a.clock_skew_ms) / 1000, 1), ' s ', IF(a.clock_skew_ms > 0, 'ahead of', 'behind'), ' the server''s'),
		a.last_heartbeat_at, 'agent', 'set its clock (chrony): deadlines and prices of it are off by that', 'do not trust times that this agent reports', NULL, NULL, NULL
	FROM a WHERE ABS(a.clock_skew_ms) > 2000
	UNION ALL
	SELECT 8, 'crit', 'shared', w.evidence, NULL, 'computed', w.remedy, 'do not mend agents one by one', NULL, NULL, NULL
	FROM a JOIN shared w WHERE a.silent_now
	UNION ALL
	SELECT 18, 'ok', 'alone', CONCAT('it alone is silent of ', n.az_n, ' agents in ', a.az, ': this agent or its box'), NULL, 'computed', NULL, NULL, NULL, NULL, NULL
	FROM a JOIN near n WHERE a.silent_now AND n.az_n > 3 AND n.az_silent = 1
	UNION ALL
	SELECT 8, 'crit', 'shared_notice', IF(n.az_n > 3 AND n.az_noticed * 2 > n.az_n,
			CONCAT(n.az_noticed, ' of ', n.az_n, ' agents in ', a.az, ' are under notice: the zone is being emptied, not this agent alone'),
			CONCAT(n.pool_noticed, ' of ', n.pool_n, ' agents in the pool ', a.current_pool_id, ' are under notice: the pool is being emptied, not this agent alone')), NULL, 'computed',
		IF(n.az_n > 3 AND n.az_noticed * 2 > n.az_n, CONCAT('spotop switch --filter az=', a.az, ' --to best empties it, each to its best pool'),
			CONCAT('spotop switch --filter pool=', a.current_pool_id, ' --to best empties it, each to its best pool')), 'do not switch into the same place', NULL, NULL, NULL
	FROM a JOIN near n WHERE a.enabled AND a.notice_status <> 'none' AND ((n.az_n > 3 AND n.az_noticed * 2 > n.az_n) OR (n.pool_n > 3 AND n.pool_noticed * 2 > n.pool_n))
	UNION ALL
	SELECT 80, 'ok', 'instances', CONCAT('its boxes: ', GROUP_CONCAT(CONCAT(i.id, ' ', i.instance_status, CASE i.instance_status WHEN 'launching' THEN CONCAT(' for ', TIMESTAMPDIFF(SECOND, i.launch_requested_at, NOW()), ' s')
			WHEN 'terminating' THEN CONCAT(' for ', TIMESTAMPDIFF(SECOND, i.termination_requested_at, NOW()), ' s') ELSE '' END) ORDER BY i.is_primary DESC, i.id SEPARATOR ', ')),
		MAX(i.updated_at), 'database', NULL, NULL, NULL, NULL, NULL
	FROM a JOIN instances i ON i.agent_id = a.agent_id AND i.is_active WHERE a.health NOT IN ('ok', 'off') HAVING COUNT(*) > 0
	UNION ALL
	SELECT 90, 'ok', 'healthy', CONCAT('heartbeat ', a.seconds_since_heartbeat, ' s ago (every ', a.heartbeat_interval_seconds, ' s), one primary, ', a.replica_count, ' replicas, no notice'),
		a.last_heartbeat_at, 'computed', NULL, NULL, NULL, NULL, NULL
	FROM a WHERE a.health = 'ok' AND a.status <> 'error'
)
SELECT ROW_NUMBER() OVER (ORDER BY one.place, one.at) AS n, one.severity, one.cause, one.evidence, one.at,
       TIMESTAMPDIFF(SECOND, one.at, NOW()) AS age_seconds, one.source, one.remedy, one.do_not, one.verb, IF(one.verb IS NULL, NULL, one.verb_target) AS verb_target, one.verb_args,
       a.agent_id, a.agent, a.health, a.instance_id
FROM one JOIN a
