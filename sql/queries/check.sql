-- What is wrong now by severity, snoozed alerts apart, and the figures of the fleet: what the plugin says and the overview shows.
SELECT c.critical, c.errors, c.warnings, c.snoozed,
	m.enabled_count AS agents,
	(SELECT COUNT(*) FROM v_agents_attention x JOIN v_agent_status s ON s.agent_id = x.agent_id WHERE s.health IN ({{unhealthy}})) AS unhealthy,
	m.zombie_count AS zombies,
	m.cost_usd_per_hour, m.measured_savings_usd_per_hour AS saved_usd_per_hour, m.zombie_cost_usd_per_hour AS zombie_usd_per_hour,
	(SELECT COUNT(*) FROM instances WHERE instance_status = 'launching' AND {{overdue(launch_requested_at, NOW())}} AND is_active) AS launches_overdue,
	(SELECT COUNT(*) FROM instances WHERE instance_status = 'terminating' AND {{overdue(termination_requested_at, NOW())}} AND is_active) AS terminations_overdue,
	(SELECT COUNT(*) FROM commands WHERE status = 'pending') AS commands_pending,
	(SELECT COUNT(*) FROM agents WHERE enabled AND notice_status = 'termination') AS termination_notices,
	(SELECT TIMESTAMPDIFF(SECOND, last_ok_at, NOW()) FROM job_schedules WHERE name = 'consolidate') AS consolidate_age,
	(SELECT lease_until > NOW(3) FROM job_schedules WHERE name = 'leader') AS is_led
FROM (SELECT CAST(COALESCE(SUM(w.severity = 'critical' AND NOT w.is_snoozed), 0) AS INT) AS critical,
		CAST(COALESCE(SUM(w.severity = 'error' AND NOT w.is_snoozed), 0) AS INT) AS errors,
		CAST(COALESCE(SUM(w.severity IN ('warning', 'info') AND NOT w.is_snoozed), 0) AS INT) AS warnings,
		CAST(COALESCE(SUM(w.is_snoozed), 0) AS INT) AS snoozed
	FROM (SELECT v.severity, COALESCE(a.snoozed_until > NOW(), FALSE) AS is_snoozed
		FROM v_alert_conditions v LEFT JOIN alerts a ON a.open_key = v.alert_key) w) c
JOIN v_fleet_totals m
