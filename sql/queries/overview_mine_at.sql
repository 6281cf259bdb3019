-- The manual commands under way at :at and those of the hour before.
-- :param at str
-- :param agent str
-- :param client str
SELECT m.command_id, m.agent_id, m.agent, m.command_type, m.status, m.stage, m.target, m.message, m.created_at, m.created_by, m.created_by = LEFT(USER(), 50) AS is_mine, m.elapsed_seconds
FROM (
	-- :include commands_at
) m
WHERE m.trigger_type = 'manual' AND (m.status IN ('pending', 'executing') OR m.created_at > CAST(:at AS DATETIME) - INTERVAL 1 HOUR)
ORDER BY m.status IN ('pending', 'executing') DESC, m.created_at DESC
LIMIT 20
