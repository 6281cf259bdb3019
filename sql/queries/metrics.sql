-- The fleet in numbers for a monitoring system; unknown values are NULL and left out.
SELECT 'spotop_agents' AS metric, CONCAT('health="', h.health, '"') AS label, COUNT(*) AS value
FROM (SELECT s.health FROM v_agents_attention x JOIN v_agent_status s ON s.agent_id = x.agent_id WHERE s.health NOT IN ('ok', 'off')) h GROUP BY h.health
UNION ALL SELECT 'spotop_agents_enabled', NULL, (SELECT enabled_count FROM v_fleet_totals)
UNION ALL SELECT 'spotop_instances', NULL, (SELECT SUM(total_instances) FROM instance_counts WHERE agent_id = '00000000-0000-0000-0000-000000000000' AND slot > 0)
UNION ALL SELECT 'spotop_zombies', NULL, (SELECT SUM(zombie_count) FROM instance_counts WHERE agent_id = '00000000-0000-0000-0000-000000000000' AND slot > 0)
UNION ALL SELECT 'spotop_cost_usd_per_hour', NULL, (SELECT SUM(cost_usd_per_hour) FROM instance_counts WHERE agent_id = '00000000-0000-0000-0000-000000000000' AND slot > 0)
UNION ALL SELECT 'spotop_saved_usd_per_hour', NULL, (SELECT SUM(measured_savings_usd_per_hour) FROM instance_counts WHERE agent_id = '00000000-0000-0000-0000-000000000000' AND slot > 0)
UNION ALL SELECT 'spotop_commands_pending', NULL, (SELECT COUNT(*) FROM commands c WHERE {{is_pending(c)}})
UNION ALL SELECT 'spotop_commands_executing', NULL, (SELECT COUNT(*) FROM commands WHERE status = 'executing')
UNION ALL SELECT 'spotop_commands_oldest_pending_seconds', NULL, (SELECT TIMESTAMPDIFF(SECOND, MIN(created_at), NOW()) FROM commands c WHERE {{is_pending(c)}})
UNION ALL SELECT 'spotop_events_kept', NULL, (SELECT CAST(MAX(id) AS SIGNED) - CAST(MIN(id) AS SIGNED) + 1 FROM sse_events)
UNION ALL (SELECT 'spotop_events_expired', CONCAT('client="', REPLACE(REPLACE(REPLACE(c.name, '\\', '\\\\'), '"', '\\"'), '\n', ' '), '"'), COUNT(*)
	FROM sse_events e JOIN clients c ON c.id = e.client_id WHERE e.expires_at < NOW() GROUP BY c.id)
UNION ALL SELECT 'spotop_job_seconds_since_ok', CONCAT('job="', name, '"'), TIMESTAMPDIFF(SECOND, last_ok_at, NOW()) FROM job_schedules WHERE kind = 'job' AND is_enabled
UNION ALL SELECT IF(x.is_snoozed, 'spotop_conditions_snoozed', 'spotop_conditions'), CONCAT('kind="', c.kind, '",severity="', c.severity, '"'), IF(x.is_snoozed, c.snoozed, c.n)
FROM (
	-- :include condition_kinds
) c JOIN (SELECT FALSE AS is_snoozed UNION ALL SELECT TRUE) x
UNION ALL SELECT 'spotop_alerts_open', NULL, (SELECT COUNT(*) FROM alerts WHERE resolved_at IS NULL)
