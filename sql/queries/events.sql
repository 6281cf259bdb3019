-- The newest events: what the system wrote down (kept) and what clients were sent (an hour), merged by time. -- :now
-- The newest events by :at: what the system wrote down and, of the last hour, what clients were sent. -- :at
-- :past
-- :param agent str
-- :param client str
-- :param type str
-- :param severity str
SELECT n.event_id, n.source, n.at, n.severity, n.event_type, n.message, n.agent_id, a.logical_agent_id AS agent, c.name AS client, n.client_id,
       n.instance_id, n.metadata, 5 - FIELD(n.severity, 'debug', 'info', 'warning', 'error', 'critical') AS severity_rank, n.place
FROM (
	(SELECT CONCAT('e', e.id) AS event_id, 'system' AS source, e.created_at AS at, e.severity, e.event_type, e.message, e.agent_id, e.client_id,
		e.instance_id, e.metadata, {{true_time(e)}} AS place
	 FROM system_events e
	 WHERE (:agent IS NULL OR e.agent_id = (SELECT MIN(id) FROM agents WHERE id = :agent OR logical_agent_id = :agent))
	   AND e.created_at <= :at -- :at
	   AND (:client IS NULL OR e.client_id = (SELECT MIN(id) FROM clients WHERE id = :client OR name = :client))
	   AND (:type IS NULL OR e.event_type = :type) AND (:severity IS NULL OR e.severity = :severity)
	 ORDER BY e.id DESC LIMIT 5000)
	UNION ALL
	(SELECT CONCAT('s', s.id), 'stream', s.created_at, IF(s.event_type = 'EMERGENCY_EVENT', 'warning', IF(s.event_type = 'HEARTBEAT', 'debug', 'info')), s.event_type,
		CONCAT_WS(' ', JSON_VALUE(s.event_data, '$.kind'), JSON_VALUE(s.event_data, '$.command_type'), JSON_VALUE(s.event_data, '$.instance_id'),
			CONCAT(JSON_VALUE(s.event_data, '$.was'), ' to'), JSON_VALUE(s.event_data, '$.status'), JSON_VALUE(s.event_data, '$.pool_id')),
		CONVERT(JSON_VALUE(s.event_data, '$.agent_id'), UUID), s.client_id, JSON_VALUE(s.event_data, '$.instance_id'), s.event_data, {{true_time(s)}}
	 FROM sse_events s
	 WHERE (:agent IS NULL OR JSON_VALUE(s.event_data, '$.agent_id') = (SELECT MIN(id) FROM agents WHERE id = :agent OR logical_agent_id = :agent))
	   AND s.created_at <= :at -- :at
	   AND (:client IS NULL OR s.client_id = (SELECT MIN(id) FROM clients WHERE id = :client OR name = :client))
	   AND (:type IS NULL OR s.event_type = :type) AND :severity IS NULL
	 ORDER BY s.id DESC LIMIT 2000)
) n
LEFT JOIN agents a ON a.id = n.agent_id
LEFT JOIN clients c ON c.id = n.client_id
