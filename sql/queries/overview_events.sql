-- The newest events, for the overview. -- :now
-- The newest events by :at, for the overview. -- :at
-- :past
SELECT e.id AS event_id, e.created_at AS at, e.severity, e.event_type, e.message, e.agent_id, a.logical_agent_id AS agent
FROM system_events e
LEFT JOIN agents a ON a.id = e.agent_id
WHERE e.severity <> 'debug' -- :now
WHERE e.severity <> 'debug' AND e.created_at <= :at -- :at
ORDER BY e.id DESC
LIMIT 20
