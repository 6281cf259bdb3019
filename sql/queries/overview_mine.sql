-- The manual commands under way and those of the last hour, my own first.
SELECT m.id AS command_id, m.agent_id, a.logical_agent_id AS agent, m.command_type, {{command_status(m)}} AS status, m.stage,
       COALESCE(m.target_pool_id, m.target_mode) AS target, m.message, m.created_at, m.created_by, m.created_by = LEFT(USER(), 50) AS is_mine,
       IF(m.created_at > COALESCE(m.completed_at, NOW()), NULL, TIMESTAMPDIFF(SECOND, m.created_at, COALESCE(m.completed_at, NOW()))) AS elapsed_seconds
FROM (
	(SELECT c.id FROM commands c WHERE {{is_pending(c)}} AND c.trigger_type = 'manual' ORDER BY {{latest(created_at)}} LIMIT 50)
	UNION (SELECT id FROM commands WHERE status = 'executing' AND trigger_type = 'manual' ORDER BY {{latest(created_at)}} LIMIT 50)
	UNION (SELECT id FROM commands FORCE INDEX (idx_commands_time) WHERE created_at > NOW() - INTERVAL 1 HOUR AND trigger_type = 'manual' ORDER BY {{latest(created_at)}} LIMIT 50)
) o
JOIN commands m ON m.id = o.id
JOIN agents a ON a.id = m.agent_id
ORDER BY {{is_under_way(m)}} DESC, m.created_by = LEFT(USER(), 50) DESC, {{latest(m.created_at)}}
LIMIT 20
