-- The manual commands of the last hour and those still under way.
SELECT m.id AS command_id, m.agent_id, a.logical_agent_id AS agent, m.command_type, m.status, m.stage,
       COALESCE(m.target_pool_id, m.target_mode) AS target, m.message, m.created_at,
       TIMESTAMPDIFF(SECOND, m.created_at, COALESCE(m.completed_at, NOW())) AS elapsed_seconds
FROM commands m
JOIN agents a ON a.id = m.agent_id
WHERE m.trigger_type = 'manual' AND (m.status IN ('pending', 'executing') OR m.created_at > NOW() - INTERVAL 1 HOUR)
ORDER BY m.status IN ('pending', 'executing') DESC, m.created_at DESC
LIMIT 20
