-- What has come into the gaps of the log since, for the events screen; gaps are [[lo,hi],...].
-- :param gaps str
-- :param batch int
SELECT CONCAT('e', e.id) AS event_id, 'system' AS source, e.created_at AS at, e.severity, e.event_type, LEFT(e.message, 2000) AS message,
       e.agent_id, a.logical_agent_id AS agent, c.name AS client, e.client_id, e.instance_id,
       IF(LENGTH(e.metadata) > 8192, JSON_OBJECT('bytes', LENGTH(e.metadata)), e.metadata) AS metadata
FROM (SELECT x.* FROM JSON_TABLE(:gaps, '$[*]' COLUMNS (lo BIGINT UNSIGNED PATH '$[0]', hi BIGINT UNSIGNED PATH '$[1]')) g
	STRAIGHT_JOIN system_events x ON x.id BETWEEN g.lo AND g.hi ORDER BY x.id LIMIT :batch) e
LEFT JOIN agents a ON a.id = e.agent_id
LEFT JOIN clients c ON c.id = e.client_id
ORDER BY e.id
