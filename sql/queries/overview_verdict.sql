-- All in one line: the figures of `spotop check` and the gravest sentences behind them.
SELECT c.critical, c.errors, c.warnings, c.snoozed, c.first,
	(SELECT enabled_count FROM v_fleet_totals) AS agents,
	(SELECT COUNT(*) FROM v_agents_attention x JOIN v_agent_status s ON s.agent_id = x.agent_id WHERE s.health IN ({{unhealthy}})) AS unhealthy,
	(SELECT COUNT(*) FROM agents WHERE enabled AND notice_status = 'termination') AS termination_notices,
	(SELECT COUNT(*) FROM agents WHERE enabled AND notice_status = 'rebalance') AS rebalance_notices,
	COALESCE((SELECT lease_until > NOW(3) FROM job_schedules WHERE name = 'leader'), 0) AS is_led
FROM (SELECT CAST(COALESCE(SUM(w.severity = 'critical' AND NOT w.is_snoozed), 0) AS INT) AS critical,
		CAST(COALESCE(SUM(w.severity = 'error' AND NOT w.is_snoozed), 0) AS INT) AS errors,
		CAST(COALESCE(SUM(w.severity IN ('warning', 'info') AND NOT w.is_snoozed), 0) AS INT) AS warnings,
		CAST(COALESCE(SUM(w.is_snoozed), 0) AS INT) AS snoozed,
		SUBSTRING_INDEX(GROUP_CONCAT(IF(w.is_snoozed, NULL, w.message) ORDER BY FIELD(w.severity, 'critical', 'error', 'warning', 'info'), w.alert_key SEPARATOR '; '), '; ', 3) AS first
	FROM (SELECT v.alert_key, v.severity, v.message, COALESCE(a.snoozed_until > NOW(), FALSE) AS is_snoozed
		FROM v_alert_conditions v LEFT JOIN alerts a ON a.open_key = v.alert_key) w) c
