-- What has come into the gaps of stream events since, for the events screen; gaps are [[lo,hi],...].
-- :param gaps str
-- :param batch int
SELECT CONCAT('s', s.id) AS event_id, 'stream' AS source, s.created_at AS at,
       IF(s.event_type = 'EMERGENCY_EVENT', 'warning', IF(s.event_type = 'HEARTBEAT', 'debug', 'info')) AS severity, s.event_type,
       CONCAT_WS(' ', JSON_VALUE(s.event_data, '$.kind'), JSON_VALUE(s.event_data, '$.command_type'), JSON_VALUE(s.event_data, '$.instance_id'),
		CONCAT(JSON_VALUE(s.event_data, '$.was'), ' to'), JSON_VALUE(s.event_data, '$.status'), JSON_VALUE(s.event_data, '$.pool_id')) AS message,
       a.id AS agent_id, a.logical_agent_id AS agent, c.name AS client, s.client_id, JSON_VALUE(s.event_data, '$.instance_id') AS instance_id,
       IF(LENGTH(s.event_data) > 8192, JSON_OBJECT('bytes', LENGTH(s.event_data)), s.event_data) AS metadata
FROM (SELECT x.* FROM JSON_TABLE(:gaps, '$[*]' COLUMNS (lo BIGINT UNSIGNED PATH '$[0]', hi BIGINT UNSIGNED PATH '$[1]')) g
	STRAIGHT_JOIN sse_events x ON x.id BETWEEN g.lo AND g.hi ORDER BY x.id LIMIT :batch) s
LEFT JOIN agents a ON a.id = CONVERT(JSON_VALUE(s.event_data, '$.agent_id'), UUID)
LEFT JOIN clients c ON c.id = s.client_id
ORDER BY s.id
