-- The command queue and its history, newest first.
-- :param agent str
-- :param client str
-- :param dated str
SELECT m.id AS command_id, m.agent_id, a.logical_agent_id AS agent, c.name AS client, m.command_type, {{command_status(m)}} AS status, m.stage,
       COALESCE(m.target_pool_id, m.target_mode) AS target, m.instance_id, m.priority, m.trigger_type, m.created_by, m.reason,
       m.created_at, m.executed_at, m.completed_at, m.expires_at, m.lease_until, m.attempts,
       IF(m.created_at > COALESCE(m.completed_at, NOW()), NULL, TIMESTAMPDIFF(SECOND, m.created_at, COALESCE(m.completed_at, NOW()))) AS elapsed_seconds,
       m.success, m.message, m.request_id, m.version, {{dated(m.created_at)}} AS dated
FROM commands m
LEFT JOIN agents a ON a.id = m.agent_id
LEFT JOIN clients c ON c.id = m.client_id
WHERE (:agent IS NULL OR m.agent_id = :agent)
  AND (:client IS NULL OR c.name = :client)
  AND {{is_dated(m.created_at, :dated)}}
