-- The agents that are known to have been unhealthy at :at, the worst first.
-- :param at str
-- :param agent str
SELECT s.id AS agent_id, s.logical_agent_id AS agent, s.health_then AS health, s.cause_then AS cause, s.az, c.name AS client,
	s.silent_then AS seconds_since_heartbeat, s.instance_id
FROM (
	-- :include asof_agents
) s
LEFT JOIN clients c ON c.id = s.client_id
WHERE s.health_then IN ({{unhealthy}})
ORDER BY {{health_rank(s.health_then)}}, s.silent_then DESC, s.logical_agent_id
LIMIT 20
