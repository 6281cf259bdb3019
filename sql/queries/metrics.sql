-- The fleet in numbers for a monitoring system, each state with its zero, by metric; unknown values are NULL and left out.
-- What each means: core/serve/metrics.c.
SELECT x.metric, x.label, x.value
FROM (
	SELECT 'spotop_agents' AS metric, CONCAT('health="', k.health, '"') AS label, CASE k.health
		WHEN 'ok' THEN f.enabled_count - COALESCE(SUM(h.n) OVER (), 0)
		WHEN 'off' THEN f.agent_count - f.enabled_count
		ELSE COALESCE(h.n, 0) END AS value
	FROM (SELECT ELT(seq, {{healths}}) AS health FROM seq_1_to_6) k
	JOIN v_fleet_totals f
	LEFT JOIN (SELECT ELT(1 + w.health_rank, {{healths}}) AS health, w.agents AS n FROM (
		-- :include health_counts
	) w) h ON h.health = k.health
	UNION ALL SELECT m.metric, m.label, CASE m.i WHEN 1 THEN f.enabled_count WHEN 2 THEN f.total_instances WHEN 3 THEN f.zombie_count
		WHEN 4 THEN u.cost_usd_per_hour WHEN 5 THEN u.measured_savings_usd_per_hour WHEN 6 THEN f.primary_count WHEN 7 THEN f.replica_count
		WHEN 8 THEN f.zombie_count WHEN 9 THEN f.launching_count WHEN 10 THEN f.terminating_count WHEN 11 THEN f.promoting_count
		WHEN 12 THEN u.zombie_cost_usd_per_hour WHEN 13 THEN u.unpriced_count ELSE {{ago_s(u.priced_at)}} END
	FROM v_fleet_totals f JOIN v_fleet_money u
	JOIN (SELECT 1 AS i, 'spotop_agents_enabled' AS metric, NULL AS label UNION ALL SELECT 2, 'spotop_instances', NULL
		UNION ALL SELECT 3, 'spotop_zombies', NULL UNION ALL SELECT 4, 'spotop_cost_usd_per_hour', NULL
		UNION ALL SELECT 5, 'spotop_saved_usd_per_hour', NULL
		UNION ALL SELECT 6, 'spotop_instances_in_state', 'state="running_primary"' UNION ALL SELECT 7, 'spotop_instances_in_state', 'state="running_replica"'
		UNION ALL SELECT 8, 'spotop_instances_in_state', 'state="zombie"' UNION ALL SELECT 9, 'spotop_instances_in_state', 'state="launching"'
		UNION ALL SELECT 10, 'spotop_instances_in_state', 'state="terminating"' UNION ALL SELECT 11, 'spotop_instances_in_state', 'state="promoting"'
		UNION ALL SELECT 12, 'spotop_zombie_usd_per_hour', NULL UNION ALL SELECT 13, 'spotop_instances_unpriced', NULL UNION ALL SELECT 14, 'spotop_oldest_price_seconds', NULL) m
	UNION ALL SELECT 'spotop_commands_pending', NULL, (SELECT COUNT(*) FROM commands c WHERE {{is_pending(c)}})
	UNION ALL SELECT 'spotop_commands_executing', NULL, (SELECT COUNT(*) FROM commands WHERE status = 'executing')
	UNION ALL SELECT 'spotop_commands_oldest_pending_seconds', NULL, (SELECT {{ago_s(MIN(created_at))}} FROM commands c WHERE {{is_pending(c)}})
	UNION ALL SELECT 'spotop_events_kept', NULL, COALESCE((SELECT CAST(MAX(id) AS SIGNED) - CAST(MIN(id) AS SIGNED) + 1 FROM sse_events), 0)
	-- names are not unique: clients of one name are one series
	UNION ALL SELECT 'spotop_events_expired', CONCAT('client="', REPLACE(REPLACE(REPLACE(c.name, '\\', '\\\\'), '"', '\\"'), '\n', '\\n'), '"'), COALESCE(SUM(e.n), 0)
	FROM clients c LEFT JOIN (SELECT client_id, COUNT(*) AS n FROM sse_events WHERE expires_at < NOW() GROUP BY client_id) e ON e.client_id = c.id
	GROUP BY c.name
	UNION ALL SELECT 'spotop_job_seconds_since_ok', CONCAT('job="', name, '"'), {{ago_s(last_ok_at)}} FROM job_schedules WHERE kind = 'job' AND is_enabled
	UNION ALL SELECT IF(x.is_snoozed, 'spotop_conditions_snoozed', 'spotop_conditions'), CONCAT('kind="', c.kind, '",severity="', c.severity, '"'), IF(x.is_snoozed, c.snoozed, c.n)
	FROM (
		-- :include condition_kinds
	) c JOIN (SELECT FALSE AS is_snoozed UNION ALL SELECT TRUE) x
	UNION ALL SELECT 'spotop_alerts_open', NULL, (SELECT COUNT(*) FROM alerts WHERE resolved_at IS NULL)
) x
ORDER BY x.metric, x.label
