-- What happened, as the system wrote it down, newest first.
-- :param agent str
-- :param client str
SELECT e.id AS event_id, e.created_at AS at, e.severity, e.event_type, e.message, e.agent_id, a.logical_agent_id AS agent,
       c.name AS client, e.instance_id, e.metadata
FROM system_events e
LEFT JOIN agents a ON a.id = e.agent_id
LEFT JOIN clients c ON c.id = e.client_id
WHERE (:agent IS NULL OR e.agent_id = :agent)
  AND (:client IS NULL OR c.name = :client)
