-- The unhealthy agents in the order of impact; its cost is that of the trouble, not of the fleet.
SELECT s.agent_id, s.agent, s.health, s.cause, s.az, s.client, s.seconds_since_heartbeat, s.instance_id,
	TIMESTAMPDIFF(SECOND, s.cause_since, NOW()) AS cause_seconds
FROM v_agents_attention x JOIN v_agent_status s ON s.agent_id = x.agent_id
WHERE s.health IN ({{unhealthy}})
ORDER BY {{urgency(s.impact, s.cause_since)}}, s.agent_id
LIMIT 20
