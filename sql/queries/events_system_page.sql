-- A span of the log, by id, for the events screen; at is the time machine's moment.
-- :param lo int
-- :param hi int
-- :param at str
SELECT e.id AS seq, CONCAT('e', e.id) AS event_id, 'system' AS source, e.created_at AS at, e.severity, e.event_type, LEFT(e.message, 2000) AS message,
       e.agent_id, a.logical_agent_id AS agent, c.name AS client, e.client_id, e.instance_id,
       IF(LENGTH(e.metadata) > 8192, JSON_OBJECT('bytes', LENGTH(e.metadata)), e.metadata) AS metadata
FROM system_events e FORCE INDEX (PRIMARY)
LEFT JOIN agents a ON a.id = e.agent_id
LEFT JOIN clients c ON c.id = e.client_id
WHERE e.id BETWEEN :lo AND :hi AND (:at IS NULL OR e.created_at <= :at)
