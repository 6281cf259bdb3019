-- The agents that are to be played, and what they left unfinished.
-- :param n int
SELECT a.id, a.logical_agent_id AS name, JSON_VALUE(a.metadata, '$.role') AS role, a.enabled, a.region, a.az, a.current_pool_id AS pool,
	a.heartbeat_interval_seconds AS every, a.notice_status AS notice, GREATEST(0, UNIX_TIMESTAMP(a.notice_deadline) - UNIX_TIMESTAMP()) AS left_s,
	a.instance_id, EXISTS (SELECT 1 FROM commands c WHERE c.agent_id = a.id AND c.status = 'executing') AS is_busy,
	EXISTS (SELECT 1 FROM instances i WHERE i.agent_id = a.id AND i.is_primary = FALSE AND i.instance_status IN ('launching', 'terminating', 'promoting')) AS is_unfinished
FROM agents a ORDER BY a.client_id, a.logical_agent_id LIMIT :n
