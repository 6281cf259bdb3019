-- What is wrong now by severity, snoozed alerts apart, and the figures of the fleet: what the plugin says and the overview shows.
SELECT (SELECT COUNT(*) FROM v_alert_conditions v WHERE v.severity = 'critical' AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.open_key = v.alert_key AND a.snoozed_until > NOW())) AS critical,
	(SELECT COUNT(*) FROM v_alert_conditions v WHERE v.severity = 'error' AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.open_key = v.alert_key AND a.snoozed_until > NOW())) AS errors,
	(SELECT COUNT(*) FROM v_alert_conditions v WHERE v.severity IN ('warning', 'info') AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.open_key = v.alert_key AND a.snoozed_until > NOW())) AS warnings,
	(SELECT COUNT(*) FROM alerts a JOIN v_alert_conditions v ON v.alert_key = a.open_key WHERE a.snoozed_until > NOW()) AS snoozed,
	(SELECT COUNT(*) FROM agents WHERE enabled) AS agents,
	(SELECT COUNT(*) FROM v_agent_status WHERE health IN ('crit', 'dead', 'unknown')) AS unhealthy,
	(SELECT COALESCE(SUM(zombie_count), 0) FROM instance_counts WHERE slot > 0) AS zombies,
	(SELECT COUNT(*) FROM instances WHERE instance_status = 'launching' AND launch_requested_at < NOW() - INTERVAL 300 SECOND AND is_active) AS launches_overdue,
	(SELECT COUNT(*) FROM instances WHERE instance_status = 'terminating' AND termination_requested_at < NOW() - INTERVAL 300 SECOND AND is_active) AS terminations_overdue,
	(SELECT COUNT(*) FROM commands WHERE status = 'pending') AS commands_pending,
	(SELECT COUNT(*) FROM agents WHERE enabled AND notice_status = 'termination') AS termination_notices,
	(SELECT TIMESTAMPDIFF(SECOND, last_ok_at, NOW()) FROM job_schedules WHERE name = 'consolidate') AS consolidate_age,
	(SELECT lease_until > NOW(3) FROM job_schedules WHERE name = 'leader') AS is_led
