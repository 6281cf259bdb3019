-- The command queue as it was at :at: what was issued by then, and how far each had come.
-- :param agent str
-- :param client str
-- :param at str
SELECT m.id AS command_id, m.agent_id, a.logical_agent_id AS agent, c.name AS client, m.command_type,
       CASE WHEN m.completed_at <= :at THEN m.status WHEN m.executed_at <= :at THEN 'executing' WHEN {{command_end(m)}} < :at THEN 'expired' ELSE 'pending' END AS status,
       CASE WHEN m.completed_at <= :at OR m.stage_at <= :at THEN m.stage WHEN m.executed_at IS NULL OR m.executed_at > :at THEN 'queued' END AS stage,
       COALESCE(m.target_pool_id, m.target_mode) AS target, m.instance_id, m.priority, m.trigger_type, m.created_by, m.reason,
       m.created_at, IF(m.executed_at <= :at, m.executed_at, NULL) AS executed_at, IF(m.completed_at <= :at, m.completed_at, NULL) AS completed_at,
       m.expires_at, CAST(NULL AS DATETIME) AS lease_until, CASE WHEN m.completed_at <= :at THEN m.attempts WHEN m.executed_at IS NULL OR m.executed_at > :at THEN 0 END AS attempts,
       TIMESTAMPDIFF(SECOND, m.created_at, IF(m.completed_at <= :at, m.completed_at, :at)) AS elapsed_seconds,
       IF(m.completed_at <= :at, m.success, NULL) AS success, IF(m.completed_at <= :at, m.message, NULL) AS message, m.request_id,
       IF(m.completed_at <= :at, m.version, NULL) AS version, 'past' AS dated
FROM commands m
LEFT JOIN agents a ON a.id = m.agent_id
LEFT JOIN clients c ON c.id = m.client_id
WHERE m.created_at <= :at
  AND (:agent IS NULL OR m.agent_id = :agent)
  AND (:client IS NULL OR c.name = :client)
