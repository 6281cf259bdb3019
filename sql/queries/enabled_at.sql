-- The agents that were there at :at, and whether they were switched on.
-- :param at str
SELECT a.id, a.client_id, COALESCE(SUBSTRING(e.next, 40) = 'agent_disabled', a.enabled) AS enabled
FROM agents a
LEFT JOIN (SELECT v.agent_id, MIN(CONCAT(v.created_at, LPAD(v.id, 20, '0'), v.event_type)) AS next FROM system_events v
	WHERE v.event_type IN ('agent_enabled', 'agent_disabled') AND v.created_at > :at GROUP BY v.agent_id) e ON e.agent_id = a.id
WHERE a.created_at <= :at
