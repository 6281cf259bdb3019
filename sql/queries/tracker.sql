-- My commands of the last day and those under way: each stage, the time it took against past ones, what
-- was expected and what came of it. Without a login: those of the session's own.
-- :param by str
-- :param dated str
WITH mine AS (
	(SELECT c.* FROM commands c WHERE c.status = 'pending' LIMIT 5000)
	UNION ALL (SELECT c.* FROM commands c WHERE c.status = 'executing' LIMIT 5000)
	UNION ALL (SELECT c.* FROM commands c WHERE c.status = 'completed' AND c.created_at BETWEEN NOW() - INTERVAL 1 DAY AND NOW() ORDER BY c.created_at DESC LIMIT 5000)
	UNION ALL (SELECT c.* FROM commands c WHERE c.status = 'completed' AND c.created_at > NOW() LIMIT 500)
	UNION ALL (SELECT c.* FROM commands c WHERE c.status = 'failed' AND c.created_at >= NOW() - INTERVAL 1 DAY LIMIT 5000)
	UNION ALL (SELECT c.* FROM commands c WHERE c.status = 'cancelled' AND c.created_at >= NOW() - INTERVAL 1 DAY LIMIT 5000)
	UNION ALL (SELECT c.* FROM commands c WHERE c.status = 'expired' AND c.created_at >= NOW() - INTERVAL 1 DAY LIMIT 5000)
), past AS (
	SELECT DISTINCT p.command_type,
		PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY p.took_s) OVER (PARTITION BY p.command_type) AS p50_s,
		PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY p.took_s) OVER (PARTITION BY p.command_type) AS p95_s
	FROM (SELECT d.command_type, TIMESTAMPDIFF(SECOND, d.created_at, d.completed_at) AS took_s
		FROM commands d WHERE d.status = 'completed' AND d.created_at < NOW() ORDER BY d.created_at DESC LIMIT 500) p
)
SELECT m.id AS command_id, m.agent_id, a.logical_agent_id AS agent, m.command_type, COALESCE(m.target_pool_id, IF(m.target_mode = 'ondemand', 'on-demand', m.instance_id)) AS target,
	CASE {{command_status(m)}} WHEN 'pending' THEN 'queued' WHEN 'executing' THEN m.stage ELSE {{command_status(m)}} END AS state, {{command_status(m)}} AS status, m.stage, m.stage_at, IF(m.created_at > COALESCE(m.completed_at, NOW()), NULL, TIMESTAMPDIFF(SECOND, m.created_at, COALESCE(m.completed_at, NOW()))) AS elapsed_seconds,
	ROUND(past.p50_s) AS p50_seconds, ROUND(past.p95_s) AS p95_seconds,
	{{is_under_way(m)}} AND TIMESTAMPDIFF(SECOND, m.created_at, NOW()) > past.p95_s AS is_overrun,
	CAST(JSON_VALUE(m.metadata, '$.expected.usd_per_hour_change') AS DECIMAL(12,6)) AS expected_usd_per_hour,
	IF(s.id IS NULL OR NOT s.success, NULL, IF(s.new_mode = 'ondemand', s.on_demand_price, s.new_spot_price)
		- IF(s.old_mode = 'ondemand', s.on_demand_price, s.old_spot_price)) AS real_usd_per_hour,
	s.downtime_seconds, s.boot_seconds, i.id AS old_instance_id, i.instance_status AS old_instance_status,
	m.message, m.reason, m.created_at, m.completed_at, m.expires_at, m.request_id, m.created_by,
	CASE m.command_type WHEN 'switch' THEN IF(JSON_VALUE(m.pre_state, '$.mode') = 'ondemand' OR JSON_VALUE(m.pre_state, '$.pool') IS NOT NULL, 'switch', NULL)
		WHEN 'APPLY_CONFIG' THEN 'config' WHEN 'LAUNCH_INSTANCE' THEN IF(n.is_active, 'terminate', NULL)
		WHEN 'PROMOTE_REPLICA_TO_PRIMARY' THEN IF(o.instance_status = 'running_replica', 'promote', NULL)
		WHEN 'TERMINATE_INSTANCE' THEN IF(JSON_VALUE(m.pre_state, '$.role') IN ('primary', 'replica'), 'launch', NULL) END AS inverse_verb,
	CASE m.command_type WHEN 'LAUNCH_INSTANCE' THEN n.id WHEN 'PROMOTE_REPLICA_TO_PRIMARY' THEN o.id ELSE CAST(m.agent_id AS CHAR) END AS inverse_target,
	CASE WHEN m.command_type = 'APPLY_CONFIG' THEN (SELECT JSON_OBJECT('set', JSON_OBJECTAGG(k.name,
				COALESCE(JSON_VALUE(m.pre_state, CONCAT('$.', REPLACE(k.name, '-', '_'))), JSON_QUERY(m.pre_state, CONCAT('$.', REPLACE(k.name, '-', '_'))),
					JSON_VALUE(m.pre_state, CONCAT('$.', REPLACE(k.name, '-', '_'), '_enabled')), '')))
			FROM JSON_TABLE(JSON_KEYS(m.metadata, '$.set'), '$[*]' COLUMNS (name VARCHAR(60) PATH '$')) k)
		WHEN m.command_type IN ('switch', 'TERMINATE_INSTANCE') THEN JSON_MERGE_PATCH(
			IF(JSON_VALUE(m.pre_state, '$.mode') = 'ondemand', '{"mode": "ondemand"}', JSON_OBJECT('pool', JSON_VALUE(m.pre_state, '$.pool'))),
			IF(m.command_type = 'TERMINATE_INSTANCE' AND JSON_VALUE(m.pre_state, '$.role') = 'replica', '{"role": "replica"}', '{}'))
		ELSE '{}' END AS inverse_args, {{dated(m.created_at)}} AS dated
FROM mine m
JOIN agents a ON a.id = m.agent_id
LEFT JOIN past ON past.command_type = m.command_type
LEFT JOIN switches s ON s.command_id = m.id
LEFT JOIN instances i ON i.id = JSON_VALUE(m.pre_state, '$.instance_id')
LEFT JOIN instances n ON n.id = JSON_VALUE(m.execution_result, '$.new_instance_id') AND m.command_type = 'LAUNCH_INSTANCE'
LEFT JOIN instances o ON o.id = JSON_VALUE(m.pre_state, '$.primary_instance_id') AND m.command_type = 'PROMOTE_REPLICA_TO_PRIMARY'
WHERE m.trigger_type = 'manual' AND m.created_by = LEFT(COALESCE(:by, USER()), 50) AND {{is_dated(m.created_at, :dated)}}
