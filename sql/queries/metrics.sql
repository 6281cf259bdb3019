-- The fleet in numbers for a monitoring system; unknown values are NULL and left out.
SELECT 'spotop_agents' AS metric, CONCAT('health="', h.health, '"') AS label, COUNT(*) AS value
FROM (SELECT s.health FROM v_agents_attention x JOIN v_agent_status s ON s.agent_id = x.agent_id WHERE s.health NOT IN ('ok', 'off')) h GROUP BY h.health
UNION ALL SELECT 'spotop_agents_enabled', NULL, (SELECT COUNT(*) FROM agents WHERE enabled = TRUE)
UNION ALL SELECT 'spotop_instances', NULL, (SELECT SUM(total_instances) FROM instance_counts WHERE slot > 0)
UNION ALL SELECT 'spotop_zombies', NULL, (SELECT SUM(zombie_count) FROM instance_counts WHERE slot > 0)
UNION ALL SELECT 'spotop_cost_usd_per_hour', NULL, (SELECT SUM(cost_usd_per_hour) FROM instance_counts WHERE slot > 0)
UNION ALL SELECT 'spotop_saved_usd_per_hour', NULL, (SELECT SUM(measured_savings_usd_per_hour) FROM instance_counts WHERE slot > 0)
UNION ALL SELECT 'spotop_commands_pending', NULL, (SELECT COUNT(*) FROM commands WHERE status = 'pending')
UNION ALL SELECT 'spotop_commands_executing', NULL, (SELECT COUNT(*) FROM commands WHERE status = 'executing')
UNION ALL SELECT 'spotop_events_backlog', NULL, (SELECT COUNT(*) FROM sse_events WHERE NOT delivered)
UNION ALL SELECT 'spotop_job_seconds_since_ok', CONCAT('job="', name, '"'), TIMESTAMPDIFF(SECOND, last_ok_at, NOW()) FROM job_schedules WHERE kind = 'job' AND is_enabled
UNION ALL SELECT 'spotop_alerts_open', NULL, (SELECT COUNT(*) FROM alerts WHERE resolved_at IS NULL)
