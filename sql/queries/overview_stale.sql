-- The unhealthy agents, the worst and longest silent first; its cost is that of the trouble, not of the fleet.
SELECT s.agent_id, s.agent, s.health, s.cause, s.az, s.client, s.seconds_since_heartbeat, s.instance_id
FROM v_agents_attention x JOIN v_agent_status s ON s.agent_id = x.agent_id
WHERE s.health IN ({{unhealthy}})
ORDER BY s.health_rank, s.seconds_since_heartbeat DESC, s.agent
LIMIT 20
