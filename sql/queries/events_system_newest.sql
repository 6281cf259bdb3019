-- The newest of the log above a mark, for the events screen, in order of id.
-- :param after int
-- :param batch int
SELECT CONCAT('e', e.id) AS event_id, 'system' AS source, e.created_at AS at, e.severity, e.event_type, LEFT(e.message, 2000) AS message,
       e.agent_id, a.logical_agent_id AS agent, c.name AS client, e.client_id, e.instance_id,
       IF(LENGTH(e.metadata) > 8192, JSON_OBJECT('bytes', LENGTH(e.metadata)), e.metadata) AS metadata
FROM (SELECT * FROM system_events WHERE id > :after ORDER BY id DESC LIMIT :batch) e
LEFT JOIN agents a ON a.id = e.agent_id
LEFT JOIN clients c ON c.id = e.client_id
ORDER BY e.id
