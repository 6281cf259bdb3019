-- The overview line by line, for programs: the verdict, deadlines, the unhealthy, health, fleet, money, what is under way, manual commands, jobs and tiers.
-- :param agent str
-- :param client str
WITH RECURSIVE trouble AS ( -- recursive: a plain one would be worked out for each of its four uses
	SELECT s.agent_id, s.agent, s.health, s.health_rank, s.cause, s.seconds_since_heartbeat, {{urgency(s.impact, s.cause_since)}} AS urgency
	FROM v_agents_attention x JOIN v_agent_status s ON s.agent_id = x.agent_id WHERE s.health NOT IN ('ok', 'off')
	UNION ALL SELECT * FROM trouble WHERE FALSE
), conditions AS (
	SELECT w.alert_key, w.kind, w.severity, w.place, w.agent_id, w.message, w.since, w.began, w.is_snoozed, w.extent FROM (
		-- :include conditions
	) w
	UNION ALL SELECT * FROM conditions WHERE FALSE
)
SELECT CONCAT(l.section, '/', l.item) AS line, ROW_NUMBER() OVER (ORDER BY l.place, l.within, l.item) AS place, l.section, l.item, l.state, CAST(l.value AS DOUBLE) AS value, l.seconds, l.agent, l.detail, l.agent_id
FROM (
	SELECT 1 AS place, FIELD(k.item, 'critical', 'errors', 'warnings', 'snoozed') AS within, 'verdict' AS section, k.item, NULL AS state,
		CAST(COALESCE(SUM(CASE k.item WHEN 'critical' THEN w.severity = 'critical' AND NOT w.is_snoozed WHEN 'errors' THEN w.severity = 'error' AND NOT w.is_snoozed
			WHEN 'warnings' THEN w.severity IN ('warning', 'info') AND NOT w.is_snoozed ELSE w.is_snoozed END), 0) AS DECIMAL(18,4)) AS value,
		NULL AS seconds, NULL AS agent, NULL AS detail, NULL AS agent_id
	FROM (SELECT 'critical' AS item UNION ALL SELECT 'errors' UNION ALL SELECT 'warnings' UNION ALL SELECT 'snoozed') k
	LEFT JOIN conditions w ON TRUE
	GROUP BY k.item
	UNION ALL
	SELECT 1, 9, 'verdict', 'unhealthy', NULL, COUNT(*), NULL, NULL, NULL, NULL
	FROM trouble s WHERE s.health IN ({{unhealthy}})
	UNION ALL
	SELECT 1, 0, 'verdict', 'word', CASE MAX({{severity_rank(IF(w.is_snoozed, NULL, w.severity))}}) WHEN 4 THEN 'CRITICAL' WHEN 3 THEN 'ERROR' WHEN 2 THEN 'WARNING'
			ELSE IF(EXISTS (SELECT 1 FROM trouble s WHERE s.health IN ({{unhealthy}})) OR COUNT(*) > 0, 'LOOK', 'OK') END,
		NULL, MAX(IF(w.nth = 1, TIMESTAMPDIFF(SECOND, w.since, NOW()), NULL)), MAX(IF(w.nth = 1, w.agent, NULL)), MAX(IF(w.nth = 1, w.message, NULL)), MAX(IF(w.nth = 1, w.agent_id, NULL))
	FROM (SELECT c.severity, c.is_snoozed, c.since, c.message, c.agent_id, a.logical_agent_id AS agent,
			ROW_NUMBER() OVER (ORDER BY c.is_snoozed, {{by_impact(c)}}) AS nth
		FROM conditions c LEFT JOIN agents a ON a.id = c.agent_id) w
	UNION ALL
	SELECT 2, ROW_NUMBER() OVER (ORDER BY {{by_impact(v)}}), 'condition', v.alert_key, IF(v.is_snoozed, 'snoozed', v.severity), v.extent, TIMESTAMPDIFF(SECOND, v.since, NOW()), a.logical_agent_id, v.message, v.agent_id
	FROM conditions v LEFT JOIN agents a ON a.id = v.agent_id
	UNION ALL
	SELECT 3, d.place, 'deadline', d.agent, d.notice_status, c.replica_count, IF(d.notice_status = 'rebalance', TIMESTAMPDIFF(SECOND, NOW(), d.notice_deadline), d.seconds_left),
		d.agent, CONCAT_WS(', ', d.az, IF(d.verdict = 'RISK', 'a risk, not a countdown', COALESCE(d.in_words, d.verdict))), d.agent_id
	FROM (
		-- :include deadline_rows
	) d LEFT JOIN v_agent_health_summary c ON c.agent_id = d.agent_id
	UNION ALL
	SELECT 4, ROW_NUMBER() OVER (ORDER BY s.urgency, s.agent_id), 'unhealthy', s.agent, s.health, NULL, s.seconds_since_heartbeat, s.agent, s.cause, s.agent_id
	FROM trouble s WHERE s.health IN ({{unhealthy}})
	UNION ALL
	SELECT 5, s.health_rank, 'health', s.health, s.health, COUNT(*), NULL, NULL, NULL, NULL
	FROM trouble s GROUP BY s.health, s.health_rank
	UNION ALL
	SELECT 5, 4, 'health', 'ok', 'ok', (SELECT enabled_count FROM v_fleet_agents) - (SELECT COUNT(*) FROM trouble), NULL, NULL, NULL, NULL
	UNION ALL
	SELECT 5, 5, 'health', 'off', 'off', t.agent_count - t.enabled_count, NULL, NULL, NULL, NULL FROM v_fleet_agents t
	UNION ALL
	SELECT 6, FIELD(k.item, 'instances', 'primary', 'replica', 'zombie', 'launching', 'terminating', 'promoting'), 'fleet', k.item, NULL,
		CASE k.item WHEN 'instances' THEN c.total_instances WHEN 'primary' THEN c.primary_count WHEN 'replica' THEN c.replica_count WHEN 'zombie' THEN c.zombie_count
			WHEN 'launching' THEN c.launching_count WHEN 'terminating' THEN c.terminating_count ELSE c.promoting_count END, NULL, NULL, NULL, NULL
	FROM v_fleet_totals c JOIN (SELECT 'instances' AS item UNION ALL SELECT 'primary' UNION ALL SELECT 'replica' UNION ALL SELECT 'zombie' UNION ALL SELECT 'launching'
		UNION ALL SELECT 'terminating' UNION ALL SELECT 'promoting') k
	UNION ALL
	SELECT 6, 10 + o.within, 'outages', o.item, NULL, o.outages, o.seconds, NULL, NULL, NULL
	FROM (
		-- :include outage_sums
	) o
	UNION ALL
	SELECT 7, k.n, 'money', k.item, NULL,
		CASE k.item WHEN 'cost_usd_per_hour' THEN c.cost_usd_per_hour WHEN 'cost_usd_per_month' THEN {{month_h}} * c.cost_usd_per_hour WHEN 'saved_usd_per_hour' THEN c.measured_savings_usd_per_hour
			WHEN 'saved_usd_per_month' THEN {{month_h}} * c.measured_savings_usd_per_hour WHEN 'zombie_usd_per_hour' THEN c.zombie_cost_usd_per_hour WHEN 'unpriced' THEN c.unpriced_count ELSE c.unmeasured_count END,
		IF(k.n < 6, {{ago_s(c.priced_at)}}, NULL), NULL, {{money_note(k.n < 6, c)}}, NULL
	FROM v_fleet_money c JOIN (SELECT 1 AS n, 'cost_usd_per_hour' AS item UNION ALL SELECT 2, 'cost_usd_per_month' UNION ALL SELECT 3, 'saved_usd_per_hour' UNION ALL SELECT 4, 'saved_usd_per_month'
		UNION ALL SELECT 5, 'zombie_usd_per_hour' UNION ALL SELECT 6, 'unpriced' UNION ALL SELECT 7, 'unmeasured') k
	UNION ALL
	SELECT 8, 0, 'saved a day', d.date, NULL, SUM(d.savings), NULL, NULL, CONCAT('paid ', SUM(d.actual_cost), ' of ', SUM(d.baseline_cost)), NULL
	FROM client_savings_daily d WHERE d.date >= CURRENT_DATE - INTERVAL 14 DAY AND d.date < CURRENT_DATE GROUP BY d.date
	UNION ALL
	SELECT 9, 0, 'in flight', i.id, i.instance_status, p.boot_p95_seconds, {{ago_s(IF(i.instance_status = 'launching', i.launch_requested_at, i.termination_requested_at))}},
		a.logical_agent_id, CONCAT(COALESCE(i.current_pool_id, i.current_mode), IF(p.boot_p95_seconds IS NULL, '', ', value is the p95 of its launches')), i.agent_id
	FROM (
		(SELECT id FROM instances WHERE instance_status = 'launching' AND is_active ORDER BY launch_requested_at LIMIT 50)
		UNION ALL
		(SELECT id FROM instances WHERE instance_status = 'terminating' AND is_active ORDER BY termination_requested_at LIMIT 50)) f
	JOIN instances i ON i.id = f.id
	LEFT JOIN agents a ON a.id = i.agent_id
	LEFT JOIN spot_pools p ON p.id = i.current_pool_id AND i.instance_status = 'launching'
	UNION ALL
	SELECT 10, IF(m.created_at > NOW(), 10000000000, 0) - UNIX_TIMESTAMP(m.created_at), 'command', CAST(m.id AS CHAR), m.status, NULL, IF(m.created_at > NOW(), NULL, TIMESTAMPDIFF(SECOND, m.created_at, COALESCE(m.completed_at, NOW()))), a.logical_agent_id,
		CONCAT_WS(' ', m.command_type, COALESCE(m.target_pool_id, m.target_mode), m.stage, IF(m.created_by = LEFT(USER(), 50), 'mine', m.created_by)), m.agent_id
	FROM (
		(SELECT c.id FROM commands c WHERE {{is_pending(c)}} ORDER BY {{latest(created_at)}} LIMIT 200)
		UNION ALL (SELECT id FROM commands WHERE status = 'executing' ORDER BY {{latest(created_at)}} LIMIT 200)) o
	JOIN commands m ON m.id = o.id
	JOIN agents a ON a.id = m.agent_id
	WHERE m.trigger_type = 'manual'
	UNION ALL
	SELECT 11, 0, 'job', s.name,
		-- :include job_state
		, NULL, {{ago_s(IF(s.kind = 'lease', s.updated_at, s.last_ok_at))}}, NULL, s.last_error, NULL
	FROM job_schedules s
) l
