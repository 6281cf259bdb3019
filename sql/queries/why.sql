-- The evidence for an agent's health, the gravest first, each with its remedy, the action that carries it out, what not to do,
-- and its section of the runbook. An action is offered only when its guardrails let it pass now (verb_try); what replaces a
-- primary is decided once (rescue), and every line that speaks of it says the same.
-- :param agent str
-- What is asked of one agent here is asked in thirty places. A plain WITH is worked out anew in each of them, a recursive
-- one once: hence the unions with nothing.
WITH RECURSIVE a AS (
	SELECT s.*, p.left_s AS notice_left, p.verdict, p.in_words, p.rescuer_id, p.boot_pool, p.launching_id,
		p.rescuer_id IS NOT NULL AS is_rescued, COALESCE(v.instance_id, (SELECT g.notice_instance_id FROM agents g WHERE g.id = s.agent_id)) AS noticed_id,
		COALESCE(s.seconds_since_heartbeat > {{crit_after(s.heartbeat_interval_seconds)}}, TRUE) OR s.status = 'offline' AS is_deaf,
		(SELECT CONCAT('the ', CASE m.command_type WHEN 'switch' THEN 'switch' WHEN 'LAUNCH_INSTANCE' THEN 'launch' ELSE 'promotion' END, ' (', LEFT(m.id, 8), ', ', m.status, ' for ',
				{{in_words(TIMESTAMPDIFF(SECOND, COALESCE(m.executed_at, m.created_at), NOW()))}}, ')') FROM commands m
			WHERE m.agent_id = s.agent_id AND ({{is_pending(m)}} OR m.status = 'executing') AND m.command_type IN ('switch', 'LAUNCH_INSTANCE', 'PROMOTE_REPLICA_TO_PRIMARY')
			ORDER BY m.status = 'executing' DESC, m.created_at, m.id LIMIT 1) AS under_way,
		s.enabled AND s.seconds_since_heartbeat > LEAST({{warn_after(s.heartbeat_interval_seconds)}}, {{crit_most}}) AS silent_now,
		(SELECT COUNT(*) FROM instances i WHERE i.agent_id = s.agent_id AND i.instance_status = 'launching' AND i.is_active AND NOT {{overdue(i.launch_requested_at, NOW())}}) AS launches_in_time,
		(SELECT MIN(i.id) FROM instances i WHERE i.agent_id = s.agent_id AND i.is_primary = FALSE AND i.instance_status = 'running_replica' AND i.is_active) AS replica_id,
		(SELECT MIN(i.id) FROM instances i WHERE i.agent_id = s.agent_id AND i.is_primary = FALSE AND i.instance_status = 'zombie' AND i.is_active
			AND NOT (i.id <=> v.instance_id)) AS zombie_id
	FROM v_agent_status s
	LEFT JOIN v_agents_noticed v ON v.agent_id = s.agent_id
	LEFT JOIN (
		-- :include rescue
	) p ON p.agent_id = s.agent_id
	WHERE s.agent_id = (SELECT id FROM agents WHERE id = :agent UNION SELECT MIN(id) FROM agents WHERE logical_agent_id = :agent HAVING COUNT(*) = 1 LIMIT 1)
	UNION ALL SELECT * FROM a WHERE FALSE
), near AS (
	SELECT COUNT(*) AS n, SUM(o.silent_at < NOW()) AS silent,
		SUM({{in_zone(o, a.az, a.client_id)}}) AS az_n, SUM({{in_zone(o, a.az, a.client_id)}} AND o.silent_at < NOW()) AS az_silent, SUM({{in_zone(o, a.az, a.client_id)}} AND o.notice_status = 'termination' AND {{rescuer_of(o)}} IS NULL) AS az_noticed,
		SUM({{in_zone(o, a.az, a.client_id)}} AND o.notice_status <> 'none' AND {{rescuer_of(o)}} IS NULL) AS az_told, -- a recommendation too
		SUM(o.current_pool_id = a.current_pool_id) AS pool_n, SUM(o.current_pool_id = a.current_pool_id AND o.silent_at < NOW()) AS pool_silent,
		SUM(o.current_pool_id = a.current_pool_id AND o.notice_status = 'termination' AND {{rescuer_of(o)}} IS NULL) AS pool_noticed,
		SUM(o.current_pool_id = a.current_pool_id AND o.notice_status <> 'none' AND {{rescuer_of(o)}} IS NULL) AS pool_told,
		SUM(o.client_id = a.client_id) AS client_n, SUM(o.client_id = a.client_id AND o.silent_at < NOW()) AS client_silent
	FROM a JOIN agents o ON o.enabled
	WHERE a.silent_now OR a.notice_status <> 'none'
	UNION ALL SELECT * FROM near WHERE FALSE
), shared AS ( -- most of whom it shares something with are silent too: the widest of these says it
	SELECT * FROM (SELECT * FROM (
		SELECT 1 AS width, n.silent AS bad, n.n AS of, CONCAT(n.silent, ' of ', n.n, ' agents of the fleet are silent: the database, the way to it or its clock, not this agent') AS evidence,
			'spotop doctor, then the network between the agents and this server' AS remedy FROM near n
		UNION ALL
		SELECT 3, n.az_silent, n.az_n, CONCAT(n.az_silent, ' of ', n.az_n, ' agents in ', a.az, ' are silent: the zone or its network, not this agent'),
			CONCAT('see the zone: agents, filter az=', a.az, IF({{is_zone_id(a.az)}}, '', CONCAT(' client=', a.client)), '; move what matters out of it') FROM a JOIN near n
		UNION ALL
		SELECT 4, n.pool_silent, n.pool_n, CONCAT(n.pool_silent, ' of ', n.pool_n, ' agents in the pool ', a.current_pool_id, ' are silent: the pool, not this agent'),
			CONCAT('see the pool: agents, filter pool=', a.current_pool_id, '; cordon it: a o on the pool') FROM a JOIN near n
		UNION ALL
		SELECT 2, n.client_silent, n.client_n, CONCAT(n.client_silent, ' of ', n.client_n, ' agents of ', a.client, ' are silent: the client''s network or token, not this agent'),
			CONCAT('ask ', a.client, '; agents, filter client=', a.client) FROM a JOIN near n
	) w WHERE w.of > 3 AND w.bad * 2 > w.of ORDER BY w.width LIMIT 1) s
	UNION ALL SELECT * FROM shared WHERE FALSE
), wayout AS (
	SELECT IF(a.enabled AND a.promoting_count = 0 AND a.primary_count <= 1 AND (a.primary_count = 0 OR (a.notice_status <> 'none' AND NOT a.is_rescued)),
		verb_rescue(a.agent_id, a.notice_status = 'termination', a.primary_count = 0, a.launches_in_time > 0 AND (a.primary_count = 0 OR a.notice_status <> 'termination' OR COALESCE(a.verdict = 'MAKES IT', FALSE)), a.replica_id, IF(a.launching_id IS NULL, a.boot_pool, NULL)), '{}') AS way FROM a
	UNION ALL SELECT * FROM wayout WHERE FALSE
), rescue AS (
	SELECT CASE WHEN x.primary_count > 1 THEN 'make it one primary again first (above)' WHEN x.promoting_count > 0 THEN 'wait for the promotion under way'
			WHEN x.is_deaf THEN CONCAT('no action passes now', COALESCE(CONCAT(' (', x.refused, ')'), ''), ': see its instance and start the agent there')
			WHEN x.under_way IS NOT NULL THEN CONCAT('wait for ', x.under_way)
			WHEN x.refused IS NULL AND x.verb = 'promote' THEN CONCAT('promote the ready replica ', x.target, ': a p on it')
			WHEN x.refused IS NULL AND x.verb IS NOT NULL THEN CONCAT(
				CASE WHEN x.verb = 'switch' THEN IF(x.notice_status = 'rebalance', 'switch it while there is time: a s', 'switch now: a s')
					WHEN x.launching_count > 0 THEN 'launch elsewhere: a l' WHEN x.primary_count = 0 THEN 'launch a primary: a l' ELSE 'launch a replica, to be promoted: a l' END,
				COALESCE(CONCAT('; ', x.pool, IF(x.pool = x.boot_pool, ' boots fastest', '')), '; on-demand'))
			WHEN x.is_coming THEN 'wait for the launch under way'
			ELSE CONCAT('no action passes now: ', COALESCE(x.refused, 'nothing can take over')) END AS remedy,
		CASE WHEN x.primary_count > 1 THEN NULL WHEN x.promoting_count > 0 THEN 'do not launch or promote another: one is being promoted'
			WHEN x.is_deaf THEN NULL WHEN x.under_way IS NOT NULL THEN 'do not issue another: one is under way' WHEN x.refused IS NULL AND x.verb IS NOT NULL THEN NULL
			WHEN x.is_coming THEN 'do not launch another: one is launching' END AS do_not,
		IF(x.primary_count > 1 OR x.promoting_count > 0 OR x.is_deaf OR x.under_way IS NOT NULL OR x.refused IS NOT NULL, NULL, x.verb) AS verb, x.target, x.args
	FROM (SELECT a.*, a.launches_in_time > 0 AND (a.primary_count = 0 OR a.notice_status <> 'termination' OR COALESCE(a.verdict = 'MAKES IT', FALSE)) AS is_coming, CAST(JSON_VALUE(w.way, '$.verb') AS CHAR(2000)) AS verb, CAST(JSON_VALUE(w.way, '$.target') AS CHAR(2000)) AS target, CAST(JSON_VALUE(w.way, '$.pool') AS CHAR(2000)) AS pool, CAST(JSON_VALUE(w.way, '$.refused') AS CHAR(2000)) AS refused, CAST(JSON_EXTRACT(w.way, '$.args') AS CHAR(2000)) AS args
		FROM a JOIN wayout w) x
	UNION ALL SELECT * FROM rescue WHERE FALSE
), one AS (
	SELECT 10 AS place, 'off' AS severity, 'disabled' AS cause, 'the agent is disabled: nothing is expected of it' AS evidence,
		(SELECT e.created_at FROM system_events e WHERE e.agent_id = d.agent_id AND e.event_type = 'agent_disabled' AND e.created_at <= NOW() ORDER BY e.created_at DESC LIMIT 1) AS at, 'agent' AS source,
		IF(d.refused IS NULL, 'enable it when it is wanted again: a c, enabled=on', CONCAT('when it is wanted again, start it first: enabling is refused (', d.refused, ')')) AS remedy, NULL AS do_not,
		IF(d.refused IS NULL, 'config', NULL) AS verb, CAST(d.agent_id AS CHAR) AS verb_target, JSON_OBJECT('set', JSON_OBJECT('enabled', 'on')) AS verb_args, NULL AS runbook
	FROM (SELECT a.agent_id, CAST(JSON_VALUE(verb_try('enable', a.agent_id, NULL, '{}'), '$.refused') AS CHAR(2000)) AS refused FROM a WHERE NOT a.enabled) d
	UNION ALL
	SELECT 11, 'unknown', 'no_heartbeat', CONCAT('it registered ', TIMESTAMPDIFF(MINUTE, a.created_at, NOW()), ' m ago and has sent no heartbeat'),
		a.created_at, 'computed', 'see on its instance whether the agent runs and reaches the database', 'do not read its status: it was never confirmed', NULL, NULL, NULL, 'agent_silent'
	FROM a WHERE a.enabled AND a.last_heartbeat_at IS NULL
	UNION ALL
	SELECT 12, IF(a.health = 'dead', 'dead', IF(a.seconds_since_heartbeat > {{crit_after(a.heartbeat_interval_seconds)}}, 'crit', 'warn')), 'silent',
		CONCAT('no heartbeat for ', {{in_words(a.seconds_since_heartbeat)}}, '; one is due every ', a.heartbeat_interval_seconds, ' s, so ',
			a.seconds_since_heartbeat DIV a.heartbeat_interval_seconds, ' are missing',
			IF(a.status = 'online', '; its status still says online, as a dead agent''s does', '')),
		a.last_heartbeat_at, 'computed',
		IF(EXISTS (SELECT 1 FROM shared), 'look at what it shares first (above)', IF(a.is_deaf, 'see whether its instance lives, and start the agent there again', 'watch it: actions still pass')),
		IF(a.is_deaf, 'do not queue a switch for it: nobody would carry it out', NULL), NULL, NULL, NULL, IF(a.health = 'dead', 'agent_dead', 'agent_silent')
	FROM a WHERE a.silent_now
	UNION ALL
	SELECT 12, 'unknown', 'heartbeat_ahead', CONCAT('its last heartbeat is of ', a.last_heartbeat_at, ', a time to come: the server''s clock was put back since, and how long it is silent is not known'),
		NULL, 'database', 'see whether its agent runs; if it does, its next heartbeat mends this', 'do not read its status: it may have gone since', NULL, NULL, NULL, 'agent_silent'
	FROM a WHERE a.enabled AND a.last_heartbeat_at IS NOT NULL AND a.seconds_since_heartbeat IS NULL
	UNION ALL
	SELECT 13, 'dead', 'offline', 'the agent said that it goes offline',
		(SELECT e.created_at FROM system_events e WHERE e.agent_id = a.agent_id AND e.event_type = 'agent_offline' AND e.created_at <= NOW() ORDER BY e.created_at DESC LIMIT 1), 'agent',
		'start the agent again', 'do not queue a switch for it: nobody would carry it out', NULL, NULL, NULL, 'agent_dead'
	FROM a WHERE a.enabled AND a.status = 'offline' AND a.last_heartbeat_at IS NOT NULL
	UNION ALL
	SELECT 14, 'warn', 'agent_error', 'the agent reports an error of its own',
		(SELECT e.created_at FROM system_events e WHERE e.agent_id = a.agent_id AND e.event_type = 'agent_error' AND e.created_at <= NOW() ORDER BY e.created_at DESC LIMIT 1), 'agent',
		'read its log on its instance; its events: l', NULL, NULL, NULL, NULL, NULL
	FROM a WHERE a.enabled AND a.status = 'error'
	UNION ALL
	SELECT 5, IF(a.is_rescued, 'warn', 'crit'), 'termination_notice',
		CONCAT('Spot interruption notice for ', COALESCE(a.noticed_id, 'its instance'), ' ', COALESCE(CONCAT({{in_words(TIMESTAMPDIFF(SECOND, a.notice_received_at, NOW()))}}, ' ago'), 'received'), ', ',
			CASE WHEN a.notice_left IS NULL THEN 'deadline not said' WHEN a.notice_left >= 0 THEN CONCAT(a.notice_left, ' s left') ELSE CONCAT({{in_words(-a.notice_left)}}, ' past its deadline') END),
		a.notice_received_at, 'agent', IF(a.is_rescued, CONCAT('none: ', a.rescuer_id, ' took over; the notice ends with its instance'), NULL),
		CONCAT_WS('; ', IF(a.is_rescued, 'do not switch it a second time', NULL), CONCAT('do not terminate ', COALESCE(a.noticed_id, 'the instance'), ' by hand: the notice does that')),
		IF(a.is_rescued, NULL, 'rescue'), NULL, NULL,
		CASE WHEN a.verdict IN ('RESCUED', 'MAKES IT') THEN 'termination_notice' WHEN a.notice_left < 0 THEN 'deadline_missed' ELSE 'deadline_at_risk' END
	FROM a WHERE a.enabled AND a.notice_status = 'termination'
	UNION ALL
	SELECT 6, IF(a.verdict IN ('RESCUED', 'MAKES IT'), 'warn', 'crit'), 'verdict', a.in_words, NULL, 'computed', NULL, NULL, NULL, NULL, NULL, NULL
	FROM a WHERE a.enabled AND a.notice_status = 'termination' AND a.in_words IS NOT NULL
	UNION ALL
	SELECT 20, IF(a.is_rescued, 'ok', 'warn'), 'rebalance_notice', CONCAT('EC2 recommends to rebalance', COALESCE(CONCAT(' ', a.noticed_id), ''), ', ', COALESCE(CONCAT(TIMESTAMPDIFF(MINUTE, a.notice_received_at, NOW()), ' m ago'), 'time unknown'),
			': ', IF(a.is_rescued, a.in_words, (SELECT {{risk_words(r)}}
			FROM (
				-- :include rebalance_rate
			) r))), a.notice_received_at, 'agent', IF(a.is_rescued, CONCAT('none: ', a.rescuer_id, ' took over; the recommendation ends with its instance'), NULL),
		IF(a.is_rescued, 'do not switch it a second time', 'do not wait for a countdown: a termination leaves two minutes'),
		IF(a.is_rescued, NULL, 'rescue'), NULL, NULL, 'rebalance'
	FROM a WHERE a.enabled AND a.notice_status = 'rebalance'
	UNION ALL
	SELECT 4, 'crit', 'no_primary', CONCAT('no primary instance; ', {{n_of(a.replica_count, 'replica', 'replicas')}}, ', ', a.launching_count, ' launching, ', a.promoting_count, ' promoting'),
		(SELECT MAX(LEAST(i.terminated_at, NOW())) FROM instances i WHERE i.agent_id = a.agent_id AND i.instance_status = 'terminated'), 'database',
		NULL, NULL, 'rescue', NULL, NULL, 'no_primary'
	FROM a WHERE a.enabled AND a.primary_count = 0
	UNION ALL
	SELECT 4, 'crit', 'two_primaries', CONCAT(a.primary_count, ' primaries are counted: ', COALESCE((SELECT GROUP_CONCAT(i.id ORDER BY i.id SEPARATOR ', ') FROM instances i
			WHERE i.agent_id = a.agent_id AND i.is_primary AND i.is_active), 'none is there')), NULL, 'database',
		'find out which one serves and terminate the other (a t, overriding is_primary with a reason); if only one is there, the count drifted: spotop job run recount', 'do not promote or switch anything now', NULL, NULL, NULL, 'two_primaries'
	FROM a WHERE a.enabled AND a.primary_count > 1
	UNION ALL
	SELECT 15, 'crit', 'launch_overdue', CONCAT(o.id, ' is launching for ', {{in_words(TIMESTAMPDIFF(SECOND, o.launch_requested_at, NOW()))}}, ' in ', o.place_of, '; the limit is ', {{in_words({{overdue_s}})}}),
		o.launch_requested_at, 'database', IF(o.refused IS NULL, 'terminate it: a t on the instance', CONCAT('see its launch in EC2; no action passes on it now: ', o.refused)), 'do not launch again into the same pool',
		IF(o.refused IS NULL, 'terminate', NULL), o.id, NULL, 'launch_overdue'
	FROM (SELECT i.id, i.launch_requested_at, COALESCE(i.current_pool_id, i.current_mode) AS place_of, CAST(JSON_VALUE(verb_try('terminate', a.agent_id, i.id, '{}'), '$.refused') AS CHAR(2000)) AS refused
		FROM a JOIN instances i ON i.agent_id = a.agent_id AND i.instance_status = 'launching' AND i.is_active AND {{overdue(i.launch_requested_at, NOW())}} WHERE a.enabled) o
	UNION ALL
	SELECT 16, 'crit', 'termination_overdue', CONCAT(i.id, ' is terminating for ', {{in_words(TIMESTAMPDIFF(SECOND, i.termination_requested_at, NOW()))}}, '; the limit is ', {{in_words({{overdue_s}})}}, ', and it costs money until it is gone'),
		i.termination_requested_at, 'database', CONCAT('see in EC2 whether it still runs, and end it there: aws ec2 terminate-instances --instance-ids ', i.id),
		'do not terminate it here again: the guardrail already_gone refuses that', NULL, NULL, NULL, 'termination_overdue'
	FROM a JOIN instances i ON i.agent_id = a.agent_id AND i.instance_status = 'terminating' AND i.is_active AND {{overdue(i.termination_requested_at, NOW())}} WHERE a.enabled
	UNION ALL
	SELECT 25, 'warn', 'zombies', CONCAT(z.zombie_count, ' zombie(s): ', COALESCE((SELECT GROUP_CONCAT(i.id ORDER BY i.id SEPARATOR ', ') FROM instances i WHERE i.agent_id = z.agent_id AND i.instance_status = 'zombie' AND i.is_active), 'not known which'),
			COALESCE(CONCAT(', $', (SELECT ROUND(SUM(IF(i.current_mode = 'spot', i.spot_price, i.ondemand_price)), 4) FROM instances i WHERE i.agent_id = z.agent_id AND i.instance_status = 'zombie' AND i.is_active), '/h'), '')),
		NULL, 'database', CASE WHEN z.zombie_id IS NULL THEN NULL WHEN z.refused IS NULL THEN CONCAT('terminate ', z.zombie_id, ': a t on the instance', IF(z.zombie_count > 1, '; the others after it', '')) ELSE CONCAT('no action passes on it now: ', z.refused) END,
		'do not terminate the primary with them', IF(z.refused IS NULL AND z.zombie_id IS NOT NULL, 'terminate', NULL), z.zombie_id, NULL, 'zombies'
	FROM (SELECT a.agent_id, a.zombie_count, a.zombie_id, IF(a.zombie_id IS NULL, NULL, CAST(JSON_VALUE(verb_try('terminate', a.agent_id, a.zombie_id, '{}'), '$.refused') AS CHAR(2000))) AS refused FROM a WHERE a.zombie_count > 0) z
	UNION ALL
	SELECT 17, 'crit', 'command_stuck', CONCAT(m.command_type, ' ', LEFT(m.id, 8), ' is executing for ', {{in_words(TIMESTAMPDIFF(SECOND, m.executed_at, NOW()))}}, ' at stage ', m.stage,
			IF(m.lease_until < NOW(), ', and its lease ran out', '')), m.executed_at, 'database', 'see its stages: commands (5); the worker parks it when the agent is gone', 'do not issue it again: it may still be carried out', NULL, NULL, NULL, NULL
	FROM a JOIN commands m ON m.agent_id = a.agent_id AND m.status = 'executing' AND (m.lease_until < NOW() OR m.executed_at < NOW() - INTERVAL 600 SECOND)
	UNION ALL
	SELECT 26, 'warn', 'command_waiting', CONCAT(m.command_type, ' ', LEFT(m.id, 8), ' waits for ', {{in_words(TIMESTAMPDIFF(SECOND, m.created_at, NOW()))}}, ' to be claimed'),
		m.created_at, 'database',
		'cancel it if it is no longer wanted: a n on the command', IF(a.is_deaf, 'do not leave it: it fires when the agent returns', NULL),
		'cancel', CAST(m.id AS CHAR), NULL, NULL
	FROM a JOIN commands m ON m.agent_id = a.agent_id AND {{is_pending(m)}} AND m.created_at < NOW() - INTERVAL 60 SECOND
	UNION ALL
	SELECT 27, 'warn', 'clock_skew', CONCAT('its clock is ', ROUND(ABS(a.clock_skew_ms) / 1000, 1), ' s ', IF(a.clock_skew_ms > 0, 'ahead of', 'behind'), ' the server''s'),
		a.last_heartbeat_at, 'agent', 'set its clock (chrony): deadlines and prices of it are off by that', 'do not trust times that this agent reports', NULL, NULL, NULL, NULL
	FROM a WHERE ABS(a.clock_skew_ms) > 2000
	UNION ALL
	SELECT 8, 'crit', 'shared', w.evidence, NULL, 'computed', w.remedy, 'do not mend agents one by one', NULL, NULL, NULL, IF(w.width = 1, 'fleet_silent', NULL)
	FROM a JOIN shared w WHERE a.silent_now
	UNION ALL
	SELECT 18, 'ok', 'alone', CONCAT('it alone is silent of ', {{n_of(n.az_n, 'agent', 'agents')}}, ' in ', a.az, ': this agent or its instance'), NULL, 'computed', NULL, NULL, NULL, NULL, NULL, NULL
	FROM a JOIN near n WHERE a.silent_now AND n.az_n > 3 AND n.az_silent = 1
	UNION ALL
	SELECT 8, IF(n.by_zone > 1 OR n.by_pool > 1, 'crit', 'warn'), 'shared_notice', CONCAT(
			IF(n.by_zone, CONCAT(IF(n.by_zone > 1, n.az_noticed, n.az_told), ' of ', {{n_of(n.az_n, 'agent', 'agents')}}, ' in ', a.az), CONCAT(IF(n.by_pool > 1, n.pool_noticed, n.pool_told), ' of ', {{n_of(n.pool_n, 'agent', 'agents')}}, ' in the pool ', a.current_pool_id)),
			IF(n.by_zone > 1 OR (NOT n.by_zone AND n.by_pool > 1), ' are under notice: the ', ' have a rebalance recommendation or a notice: the '), IF(n.by_zone, 'zone', 'pool'),
			IF(n.by_zone > 1 OR (NOT n.by_zone AND n.by_pool > 1), ' is being emptied', ' is at risk'), ', not this agent alone'), NULL, 'computed',
		IF(n.by_zone, CONCAT('spotop evacuate ', a.az, IF({{is_zone_id(a.az)}}, '', CONCAT(' --client ''', a.client, '''')), ' --dry-run: the way out for all of them, by their deadlines'),
			CONCAT('spotop evacuate ', a.current_pool_id, ' --dry-run: the way out for all of them, by their deadlines')), 'do not switch into the same place', NULL, NULL, NULL,
		IF(n.by_zone, 'zone_notice', 'pool_notice')
	FROM a JOIN (SELECT q.*, IF(q.az_n > 3, (q.az_told * 2 > q.az_n) + (q.az_noticed * 2 > q.az_n), 0) AS by_zone, IF(q.pool_n > 3, (q.pool_told * 2 > q.pool_n) + (q.pool_noticed * 2 > q.pool_n), 0) AS by_pool
		FROM near q) n WHERE a.enabled AND a.notice_status <> 'none' AND (n.by_zone > 0 OR n.by_pool > 0)
	UNION ALL
	SELECT 21, 'warn', 'no_capacity', CONCAT('its pools: ', GROUP_CONCAT(CONCAT(IF(k.place LIKE 'ondemand.%', 'on-demand', k.place), ': ', {{cooled_says(k)}}) ORDER BY k.place SEPARATOR ', ')),
		MAX(LEAST(k.failed_at, NOW())), 'agent', 'choose another pool, or on-demand', 'do not send it where there is none: the guardrail no_capacity refuses that', NULL, NULL, NULL, NULL
	FROM a JOIN (SELECT p.id AS place, p.instance_type, p.region FROM a JOIN spot_pools p ON p.instance_type = a.instance_type AND p.region = a.region
		UNION ALL SELECT {{ondemand_place(a.instance_type, a.region)}}, a.instance_type, a.region FROM a) q
	JOIN spotop_cooling k ON k.place = q.place AND k.client_id = (SELECT x.client_id FROM spotop_cooling x WHERE x.place = q.place AND {{closes(x, a.client_id, NOW())}}
		ORDER BY x.client_id = a.client_id DESC, x.cooled_until DESC LIMIT 1)
	WHERE a.health NOT IN ('ok', 'off') HAVING COUNT(*) > 0
	UNION ALL
	SELECT 80, 'ok', 'instances', CONCAT('its instances: ', GROUP_CONCAT(CONCAT(i.id, ' ', i.instance_status, CASE i.instance_status WHEN 'launching' THEN CONCAT(' for ', {{in_words(TIMESTAMPDIFF(SECOND, i.launch_requested_at, NOW()))}})
			WHEN 'terminating' THEN CONCAT(' for ', {{in_words(TIMESTAMPDIFF(SECOND, i.termination_requested_at, NOW()))}}) ELSE '' END) ORDER BY i.is_primary DESC, i.id SEPARATOR ', ')),
		NULL, 'database', NULL, NULL, NULL, NULL, NULL, NULL
	FROM a JOIN instances i ON i.agent_id = a.agent_id AND i.is_active WHERE a.health NOT IN ('ok', 'off') HAVING COUNT(*) > 0
	UNION ALL
	SELECT 90, 'ok', 'healthy', CONCAT('heartbeat ', a.seconds_since_heartbeat, ' s ago (every ', a.heartbeat_interval_seconds, ' s), one primary, ', {{n_of(a.replica_count, 'replica', 'replicas')}}, IF(a.notice_status = 'none', ', no notice', '')),
		a.last_heartbeat_at, 'computed', NULL, NULL, NULL, NULL, NULL, NULL
	FROM a WHERE a.health = 'ok' AND a.status <> 'error'
)
SELECT ROW_NUMBER() OVER (ORDER BY o.place, o.at) AS n, o.severity, o.cause, o.evidence, o.at, TIMESTAMPDIFF(SECOND, o.at, NOW()) AS age_seconds, o.source,
       CASE WHEN o.is_rescue THEN r.remedy WHEN o.is_awaited THEN 'read in its agent''s log why it is not claimed' ELSE o.remedy END AS remedy,
       IF(o.is_rescue, NULLIF(CONCAT_WS('; ', r.do_not, o.do_not), ''), o.do_not) AS do_not,
       CASE WHEN o.is_rescue THEN r.verb WHEN o.is_awaited THEN NULL ELSE o.verb END AS verb,
       CASE WHEN o.is_rescue THEN IF(r.verb IS NULL, NULL, COALESCE(r.target, CAST(a.agent_id AS CHAR))) WHEN o.is_awaited OR o.verb IS NULL THEN NULL ELSE o.verb_target END AS verb_target,
       IF(o.is_rescue, IF(r.verb IN ('switch', 'launch'), r.args, NULL), IF(o.verb IS NULL, NULL, o.verb_args)) AS verb_args,
       CONCAT('views/runbook.md#', o.runbook) AS runbook,
       a.agent_id, a.agent, a.health, a.instance_id
FROM a JOIN rescue r JOIN (SELECT one.*, COALESCE(one.verb = 'rescue', FALSE) AS is_rescue, one.cause = 'command_waiting' AND q.is_awaited AS is_awaited
	FROM one JOIN (SELECT a.under_way IS NOT NULL AND NOT a.is_deaf AND (a.primary_count = 0 OR a.notice_status <> 'none') AS is_awaited FROM a) q) o
