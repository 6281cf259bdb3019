-- What is wrong right now, and how grave it is: the kinds in their order of impact, and every condition that holds. The
-- worker makes alerts of it; `spotop check`, the verdict, the overview, the lists, `report` and /metrics read the same.

-- The kinds of alert: each has its place in the order of impact (sql/parts/impact.sql) and one severity.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_alert_kinds AS
SELECT x.place, x.kind COLLATE utf8mb4_general_ci AS kind, x.severity COLLATE utf8mb4_general_ci AS severity, x.about COLLATE utf8mb4_general_ci AS about FROM (
SELECT {{place_no_primary}} AS place, 'no_primary' AS kind, 'critical' AS severity, 'an agent has no primary instance' AS about
UNION ALL SELECT {{place_two_primaries}}, 'two_primaries', 'critical', 'an agent has more than one primary instance'
UNION ALL SELECT {{place_deadline_missed}}, 'deadline_missed', 'critical', 'a termination deadline passed and no other instance is the primary'
UNION ALL SELECT {{place_deadline_at_risk}}, 'deadline_at_risk', 'critical', 'no replacement makes a termination deadline, or it is not known whether one does'
UNION ALL SELECT {{place_agent_dead}}, 'agent_dead', 'critical', 'an agent is offline or missed 10 heartbeats'
UNION ALL SELECT {{place_fleet_silent}}, 'fleet_silent', 'critical', 'over 5 % of the enabled agents, and 3 at least, are silent; they are not listed one by one then'
UNION ALL SELECT {{place_agent_silent}}, 'agent_silent', 'error', 'an agent is silent for over 3 intervals or 90 s, or sent no first heartbeat in {{first_heartbeat_s}} s'
UNION ALL SELECT {{place_launch_overdue}}, 'launch_overdue', 'error', 'a launch takes over {{overdue_s}} s'
UNION ALL SELECT {{place_termination_overdue}}, 'termination_overdue', 'error', 'a termination takes over {{overdue_s}} s'
UNION ALL SELECT {{place_zone_notice}}, 'zone_notice', 'error', 'a quarter of a client''s agents in a zone, and 3 at least, have a Spot interruption notice'
UNION ALL SELECT {{place_pool_notice}}, 'pool_notice', 'error', 'a quarter of a client''s agents in a pool, and 3 at least, have a Spot interruption notice'
UNION ALL SELECT {{place_worker_dead}}, 'worker_dead', 'error', 'no worker has led for a minute'
UNION ALL SELECT {{place_job_failed}}, 'job_failed', 'error', 'a job failed'
UNION ALL SELECT {{place_tier_late}}, 'tier_late', 'error', 'a price tier is over an hour behind its schedule'
UNION ALL SELECT {{place_counts_drift}}, 'counts_drift', 'error', 'kept counts differed from the instances and were counted anew'
UNION ALL SELECT {{place_audit_broken}}, 'audit_broken', 'error', 'the audit log was emptied, or nothing keeps its rows from being changed'
UNION ALL SELECT {{place_termination_notice}}, 'termination_notice', 'warning', 'a Spot interruption notice that is met: another instance is the primary or makes it in time'
UNION ALL SELECT {{place_zombies}}, 'zombies', 'warning', 'a client has over 100 zombies'
UNION ALL SELECT {{place_rebalance}}, 'rebalance', 'warning', 'an agent has a rebalance recommendation'
UNION ALL SELECT {{place_scheduler_off}}, 'scheduler_off', 'warning', 'the server''s event scheduler is off, or nothing maintains the database'
) x;

-- The enabled agents that are silent for longer than anyone should wait (sql/parts/limits.sql), since their last heartbeat, and
-- the others that nothing is heard of (49-trouble.sql). is_dead: what the health rule calls so. As long as many are silent.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_agents_silent AS
SELECT id AS agent_id, status = 'offline' OR {{silent_s(agents)}} > {{dead_after(heartbeat_interval_seconds)}} AS is_dead FROM agents
WHERE enabled = TRUE AND silent_at < NOW() AND {{silent_s(agents)}} > {{crit_after(heartbeat_interval_seconds)}}
UNION ALL
SELECT agent_id, is_dead FROM v_agents_silent_besides;

-- Every condition that is an alert while it holds, one row each. alert_key names the condition, so that the same trouble
-- is the same alert from start to end; its words do not change while it lasts. since: when it began, as far as that is
-- known. extent: the share of the scope's enabled agents, where it is of many. Of no, several primaries and rebalances
-- over 50 are one condition.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_alert_conditions AS
SELECT w.alert_key, CONVERT(w.kind USING utf8mb4) COLLATE utf8mb4_general_ci AS kind, k.severity, k.place, w.client_id, w.agent_id, w.instance_id, w.pool_id, CONVERT(w.message USING utf8mb4) COLLATE utf8mb4_general_ci AS message, IF(w.since > NOW(), NULL, w.since) AS since, w.extent,
	CONVERT(IF(COALESCE(w.since > NOW(), TRUE), w.evidence, JSON_SET(w.evidence, '$.since', utc_iso(UNIX_TIMESTAMP(w.since)))) USING utf8mb4) COLLATE utf8mb4_general_ci AS evidence
FROM (
	SELECT CONCAT(IF(c.primary_count = 0, 'no_primary:', 'primaries:'), c.agent_id) AS alert_key, IF(c.primary_count = 0, 'no_primary', 'two_primaries') AS kind,
		c.client_id, c.agent_id, NULL AS instance_id, a.current_pool_id AS pool_id,
		CONCAT(a.logical_agent_id, ' has ', IF(c.primary_count = 0, 'no primary', CONCAT(c.primary_count, ' primaries'))) AS message,
		IF(c.primary_count > 0, NULL, {{primary_lost_at(c.agent_id)}}) AS since,
		NULL AS extent, JSON_OBJECT('primaries', c.primary_count, 'replicas', c.replica_count, 'launching', c.launching_count) AS evidence
	FROM spotop_agent_counts c FORCE INDEX (idx_counts_attention) JOIN agents a ON a.id = c.agent_id
	WHERE c.attention = 2 AND c.primary_count <> 1 AND a.last_heartbeat_at IS NOT NULL
		AND 50 >= (SELECT COUNT(*) FROM spotop_agent_counts x WHERE x.attention = 2)
	UNION ALL
	SELECT 'fleet_no_primary', 'no_primary', NULL, NULL, NULL, NULL, 'over 50 agents have not exactly one primary', NULL, f.bad / NULLIF(f.agents, 0),
		JSON_OBJECT('without', f.bad, 'agents', f.agents, 'extent', f.bad / NULLIF(f.agents, 0))
	FROM (SELECT (SELECT COUNT(*) FROM spotop_agent_counts x WHERE x.attention = 2) AS bad, (SELECT enabled_count FROM v_fleet_agents) AS agents) f
	WHERE f.bad > 50
	UNION ALL
	SELECT CONCAT(CASE v.notice WHEN 'missed' THEN 'missed:' WHEN 'at_risk' THEN 'at_risk:' ELSE 'notice:' END, n.agent_id),
		CASE v.notice WHEN 'missed' THEN 'deadline_missed' WHEN 'at_risk' THEN 'deadline_at_risk' ELSE 'termination_notice' END,
		n.client_id, n.agent_id, n.instance_id, n.pool_id,
		CONCAT(n.agent, CASE v.notice WHEN 'rescued' THEN ' is rescued from a Spot interruption notice' WHEN 'missed' THEN ' missed its termination deadline'
			WHEN 'met' THEN ' has a Spot interruption notice and time enough' ELSE ' has a Spot interruption notice and does not make it, as far as is known' END),
		v.since, NULL,
		JSON_OBJECT('received_at', utc_iso(UNIX_TIMESTAMP(n.since)), 'deadline', utc_iso(UNIX_TIMESTAMP() + n.seconds_left), 'zone', n.az)
	FROM v_agents_noticed n JOIN v_agent_notices v ON v.agent_id = n.agent_id
	UNION ALL
	SELECT CONCAT(IF(x.is_dead, 'dead:', 'silent:'), a.id), IF(x.is_dead, 'agent_dead', 'agent_silent'), a.client_id, a.id, NULL, a.current_pool_id,
		CONCAT(a.logical_agent_id, CASE WHEN a.last_heartbeat_at IS NULL THEN ' has never sent a heartbeat' WHEN a.status = 'offline' THEN ' is offline'
			WHEN x.is_dead THEN ' is dead: it is silent' WHEN {{is_ahead(a)}} THEN ' is silent since before the clock was put back' ELSE ' is silent' END),
		IF({{is_ahead(a)}}, NULL, COALESCE(a.last_heartbeat_at, a.created_at)), NULL, JSON_OBJECT('last_heartbeat_at', utc_iso(UNIX_TIMESTAMP(a.last_heartbeat_at)), 'status', a.status)
	FROM v_agents_silent x JOIN agents a ON a.id = x.agent_id
	WHERE (SELECT agents FROM v_agents_silent_count) <= GREATEST(2, (SELECT enabled_count FROM v_fleet_agents) / 20)
	UNION ALL
	SELECT 'fleet_silent', 'fleet_silent', NULL, NULL, NULL, NULL, CONCAT('over ', {{share_words(f.silent / f.agents)}}, ' of the fleet is silent'), NULL, f.silent / f.agents,
		JSON_OBJECT('silent', f.silent, 'agents', f.agents, 'extent', f.silent / f.agents)
	FROM (SELECT (SELECT agents FROM v_agents_silent_count) AS silent, (SELECT enabled_count FROM v_fleet_agents) AS agents) f
	WHERE f.silent > GREATEST(2, f.agents / 20)
	UNION ALL
	SELECT CONCAT('launch:', i.id), 'launch_overdue', i.client_id, i.agent_id, i.id, i.current_pool_id,
		CONCAT(i.id, ' has been launching for over {{overdue_s}} s'), i.launch_requested_at, NULL,
		JSON_OBJECT('requested_at', utc_iso(UNIX_TIMESTAMP(i.launch_requested_at)), 'pool', i.current_pool_id)
	FROM instances i WHERE i.instance_status = 'launching' AND {{overdue(i.launch_requested_at, NOW())}} AND i.is_active
	UNION ALL
	SELECT CONCAT('termination:', i.id), 'termination_overdue', i.client_id, i.agent_id, i.id, i.current_pool_id,
		CONCAT(i.id, ' has been terminating for over {{overdue_s}} s'), i.termination_requested_at, NULL,
		JSON_OBJECT('requested_at', utc_iso(UNIX_TIMESTAMP(i.termination_requested_at)), 'pool', i.current_pool_id)
	FROM instances i WHERE i.instance_status = 'terminating' AND {{overdue(i.termination_requested_at, NOW())}} AND i.is_active
	UNION ALL
	SELECT CONCAT('zone:', z.client_id, ':', z.az), 'zone_notice', z.client_id, NULL, NULL, NULL,
		CONCAT('at least ', {{share_words(z.noticed / z.agents)}}, ' of ', cl.name, '''s agents in ', z.az, ' have a Spot interruption notice'), z.since, z.noticed / z.agents,
		JSON_OBJECT('zone', z.az, 'noticed', z.noticed, 'agents', z.agents, 'extent', z.noticed / z.agents)
	FROM (SELECT g.*, (SELECT COUNT(*) FROM agents o WHERE o.az = g.az AND o.enabled = TRUE AND o.client_id = g.client_id) AS agents
		FROM (SELECT n.client_id, n.az, COUNT(*) AS noticed, MIN(n.since) AS since FROM v_agents_noticed n
			WHERE n.az IS NOT NULL AND NOT n.is_rescued GROUP BY n.client_id, n.az HAVING noticed >= {{storm_least}}) g) z
	JOIN clients cl ON cl.id = z.client_id WHERE {{is_storm(z)}}
	UNION ALL
	SELECT CONCAT('pool:', z.client_id, ':', z.pool_id), 'pool_notice', z.client_id, NULL, NULL, z.pool_id,
		CONCAT('at least ', {{share_words(z.noticed / z.agents)}}, ' of ', cl.name, '''s agents in ', z.pool_id, ' have a Spot interruption notice'), z.since, z.noticed / z.agents,
		JSON_OBJECT('noticed', z.noticed, 'agents', z.agents, 'extent', z.noticed / z.agents)
	FROM (SELECT g.*, (SELECT COUNT(*) FROM agents o WHERE o.current_pool_id = g.pool_id AND o.enabled = TRUE AND o.client_id = g.client_id) AS agents
		FROM (SELECT n.client_id, n.pool_id, COUNT(*) AS noticed, MIN(n.since) AS since FROM v_agents_noticed n
			WHERE n.pool_id IS NOT NULL AND NOT n.is_rescued GROUP BY n.client_id, n.pool_id HAVING noticed >= {{storm_least}}) g) z
	JOIN clients cl ON cl.id = z.client_id WHERE {{is_storm(z)}}
	UNION ALL
	SELECT CONCAT('rebalance:', a.id), 'rebalance', a.client_id, a.id, NULL, a.current_pool_id, CONCAT(a.logical_agent_id, ' has a rebalance recommendation'),
		a.notice_received_at, NULL, JSON_OBJECT('received_at', utc_iso(UNIX_TIMESTAMP(a.notice_received_at)))
	FROM agents a WHERE a.notice_status = 'rebalance' AND a.enabled AND {{rescuer_of(a)}} IS NULL
		AND 50 >= (SELECT COUNT(*) FROM agents x WHERE x.notice_status = 'rebalance' AND x.enabled AND {{rescuer_of(x)}} IS NULL)
	UNION ALL
	SELECT 'fleet_rebalance', 'rebalance', NULL, NULL, NULL, NULL, 'over 50 agents have a rebalance recommendation', r.since, r.n / NULLIF(r.agents, 0),
		JSON_OBJECT('noticed', r.n, 'agents', r.agents, 'extent', r.n / NULLIF(r.agents, 0))
	FROM (SELECT COUNT(*) AS n, MIN(x.notice_received_at) AS since, (SELECT enabled_count FROM v_fleet_agents) AS agents
		FROM agents x WHERE x.notice_status = 'rebalance' AND x.enabled AND {{rescuer_of(x)}} IS NULL) r
	WHERE r.n > 50
	UNION ALL
	SELECT CONCAT('zombies:', t.client_id), 'zombies', t.client_id, NULL, NULL, NULL, CONCAT(cl.name, ' has over 100 zombies'), NULL, NULL,
		JSON_OBJECT('zombie_count', t.zombie_count, 'usd_per_hour', (SELECT m.zombie_cost_usd_per_hour FROM v_client_money m WHERE m.client_id = t.client_id))
	FROM v_client_totals t JOIN clients cl ON cl.id = t.client_id WHERE t.zombie_count > 100
	UNION ALL
	SELECT CONCAT('job:', j.name), 'job_failed', NULL, NULL, NULL, NULL, CONCAT('the job ', j.name, ' failed'), j.last_run_at, NULL,
		JSON_OBJECT('failures', j.consecutive_failures, 'error', j.last_error)
	FROM job_schedules j WHERE j.kind = 'job' AND j.is_enabled AND j.consecutive_failures > 0
	UNION ALL
	SELECT CONCAT('part:', j.id), 'job_failed', IF(j.job_type = 'savings', CAST(j.chunk AS UUID), NULL), NULL, NULL, IF(j.job_type = 'savings', NULL, j.chunk), CONCAT(COALESCE(JSON_VALUE(j.details, '$.job'), j.job_type), ' leaves out ', j.chunk, IF(j.job_type IN ('pool_stats', 'savings'), '', CONCAT(' of ', {{part_day(j.window_end)}})),
			', and does the rest: ', LEFT(j.error_message, 200)), j.started_at, NULL,
		JSON_OBJECT('job', JSON_VALUE(j.details, '$.job'), 'from', utc_iso(UNIX_TIMESTAMP(j.window_start)), 'to', utc_iso(UNIX_TIMESTAMP(j.window_end)), 'failures', j.errors_encountered, 'error', j.error_message)
	FROM consolidation_jobs j WHERE {{is_left_out(j)}}
	UNION ALL
	SELECT 'hook', 'job_failed', NULL, NULL, NULL, NULL, 'the alert hook fails: nobody is told of alerts', FROM_UNIXTIME(NULLIF(JSON_VALUE(j.state, '$.hook_since'), 0)), NULL,
		JSON_OBJECT('failures', JSON_VALUE(j.state, '$.hook_failures'), 'error', JSON_VALUE(j.state, '$.hook_error'), 'untold', JSON_VALUE(j.state, '$.hook_n'), 'no_room_for', JSON_VALUE(j.state, '$.hook_lost'))
	FROM job_schedules j WHERE j.name = 'alerts' AND JSON_VALUE(j.state, '$.hook_failures') > 0
	UNION ALL
	SELECT CONCAT('late:', j.name), 'tier_late', NULL, NULL, NULL, NULL, CONCAT('the job ', j.name, ' is late: its tier falls behind'), j.last_ok_at, NULL,
		JSON_OBJECT('last_ok_at', utc_iso(UNIX_TIMESTAMP(j.last_ok_at)))
	FROM job_schedules j WHERE {{tier_is_late(j)}}
	UNION ALL
	SELECT 'worker', 'worker_dead', NULL, NULL, NULL, NULL, 'no worker leads: nothing consolidates, expires or cleans up', IF(l.lease_until > NOW(), NULL, l.lease_until), NULL,
		JSON_OBJECT('lease_until', utc_iso(UNIX_TIMESTAMP(l.lease_until)), 'holder', l.holder)
	FROM job_schedules l WHERE l.name = 'leader' AND l.kind = 'lease' AND (COALESCE(l.lease_until, l.updated_at) < NOW(3) - INTERVAL 60 SECOND OR l.lease_until > NOW(3) + INTERVAL 2 MINUTE)
	UNION ALL
	SELECT 'counts', 'counts_drift', NULL, NULL, NULL, NULL, 'kept counts differed from the instances and were counted anew', NULL, NULL,
		JSON_OBJECT('rows', JSON_VALUE(j.state, '$.drift'))
	FROM job_schedules j WHERE j.name = 'recount' AND JSON_VALUE(j.state, '$.drift') > 0
	UNION ALL
	SELECT 'audit', 'audit_broken', NULL, NULL, NULL, NULL, IF(x.is_guarded, 'the audit log has lost its first row', 'the audit log can be changed: a trigger of it is not as it was made'), NULL, NULL,
		JSON_OBJECT('is_guarded', x.is_guarded, 'has_start', x.has_start)
	FROM (SELECT audit_is_guarded() AS is_guarded, audit_has_start() AS has_start) x WHERE NOT (x.is_guarded AND x.has_start)
	UNION ALL
	SELECT 'scheduler', 'scheduler_off', NULL, NULL, NULL, NULL, CASE
			WHEN NOT x.is_replicated AND x.is_maintained THEN 'the event scheduler of the server is off: only the worker cleans up'
			WHEN x.is_replicated THEN 'nothing maintains the database: beside a binary log only a worker does, and none has led for an hour'
			ELSE 'nothing maintains the database: the event scheduler is off, and no worker has led for an hour' END, NULL, NULL,
		JSON_OBJECT('event_scheduler', x.event_scheduler, 'is_replicated', x.is_replicated, 'is_maintained', x.is_maintained)
	FROM (SELECT v.VARIABLE_VALUE AS event_scheduler, {{is_replicated}} AS is_replicated, {{is_maintained}} AS is_maintained
		FROM information_schema.GLOBAL_VARIABLES v WHERE v.VARIABLE_NAME = 'EVENT_SCHEDULER') x
	WHERE IF(x.is_replicated, NOT x.is_maintained, x.event_scheduler <> 'ON')
) w JOIN v_alert_kinds k ON k.kind = w.kind;
