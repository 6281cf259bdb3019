-- The agents that are known to have been unhealthy at :at, the worst first.
-- :param at str
-- :param agent str
SELECT s.id AS agent_id, s.logical_agent_id AS agent, s.health_then AS health, s.cause_then AS cause, {{in_plain(s.cause_then)}} AS cause_in_words, s.az, c.name AS client,
	s.silent_then AS seconds_since_heartbeat, s.instance_id,
	TIMESTAMPDIFF(SECOND, s.cause_since_then, CAST(:at AS DATETIME)) AS cause_seconds
FROM (
	-- :include asof_agents told={{then_judged}} | of=TRUE
) s
LEFT JOIN clients c ON c.id = s.client_id
WHERE s.health_then IN ({{unhealthy}})
ORDER BY {{urgency(s.impact_then, s.cause_since_then)}}, s.id
LIMIT 20
