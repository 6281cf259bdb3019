-- The commands that are under way at :at, the oldest first.
-- :param client str
-- :param at str
-- :param agent str
SELECT m.command_type, m.agent, m.target, m.status, m.stage, m.trigger_type, m.created_by, m.created_at, m.elapsed_seconds, LEFT(m.command_id, 8) AS command
FROM (
	-- :include commands_at
) m
WHERE m.status IN ('pending', 'executing')
ORDER BY m.created_at
