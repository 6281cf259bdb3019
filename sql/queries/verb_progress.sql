-- How far commands have come, with the time such commands took before (the last 500 that succeeded).
-- :param ids json
WITH wanted AS (
	SELECT c.id, c.agent_id, c.command_type, {{command_status(c)}} AS status, c.stage, c.message, c.success, c.created_at, c.completed_at,
		CAST(JSON_VALUE(c.metadata, '$.expected.usd_per_hour_change') AS DECIMAL(12,6)) AS expected_usd_per_hour,
		JSON_VALUE(c.execution_result, '$.downtime_seconds') AS downtime_seconds
	FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(36) PATH '$')) w JOIN commands c ON c.id = w.id
), past AS (
	SELECT DISTINCT p.command_type,
		PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY p.took_s) OVER (PARTITION BY p.command_type) AS p50_s,
		PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY p.took_s) OVER (PARTITION BY p.command_type) AS p95_s
	FROM (SELECT d.command_type, TIMESTAMPDIFF(SECOND, d.created_at, d.completed_at) AS took_s
		FROM commands d
		WHERE d.status = 'completed' AND d.created_at < NOW()
		ORDER BY d.created_at DESC LIMIT 500) p
)
SELECT w.id AS command_id, a.logical_agent_id AS target, w.status, w.stage, w.message,
	TIMESTAMPDIFF(SECOND, w.created_at, COALESCE(w.completed_at, NOW())) AS elapsed_s, past.p50_s, past.p95_s,
	w.status IN ('pending', 'executing') AND TIMESTAMPDIFF(SECOND, w.created_at, NOW()) > past.p95_s AS is_overrun,
	w.expected_usd_per_hour, IF(s.success, IF(s.new_mode = 'ondemand', s.on_demand_price, s.new_spot_price)
		- IF(s.old_mode = 'ondemand', s.on_demand_price, s.old_spot_price), NULL) AS real_usd_per_hour,
	COALESCE(s.downtime_seconds, w.downtime_seconds) AS downtime_seconds,
	w.status = 'completed' OR (w.status = 'executing' AND w.stage IN ('ready', 'promoted', 'cleanup', 'done')) AS is_ready,
	w.status IN ('completed', 'failed', 'cancelled', 'expired') AS is_over,
	w.status IN ('failed', 'cancelled', 'expired') OR w.success <=> FALSE AS is_failed
FROM wanted w
JOIN agents a ON a.id = w.agent_id
LEFT JOIN switches s ON s.command_id = w.id
LEFT JOIN past ON past.command_type = w.command_type
