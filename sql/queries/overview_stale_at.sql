-- The agents that are known to have been unhealthy at :at, the worst first.
-- :param at str
-- :param agent str
SELECT s.id AS agent_id, s.logical_agent_id AS agent, s.health_then AS health, s.cause_then AS cause, s.az, c.name AS client,
	s.silent_then AS seconds_since_heartbeat, s.instance_id,
	CASE WHEN s.cause_then LIKE '%notice' THEN TIMESTAMPDIFF(SECOND, s.noticed_at, :at) WHEN s.cause_then LIKE 'silent%' THEN s.silent_then END AS cause_seconds
FROM (
	-- :include asof_agents
) s
LEFT JOIN clients c ON c.id = s.client_id
WHERE s.health_then IN ({{unhealthy}})
ORDER BY {{urgency(s.impact_then, s.notice_deadline_then, IF(s.silent_then IS NULL, NULL, s.last_heartbeat_at))}}, s.logical_agent_id
LIMIT 20
