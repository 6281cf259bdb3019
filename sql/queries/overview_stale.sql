-- The unhealthy agents in the order of impact; its cost is that of the trouble, not of the fleet.
SELECT s.agent_id, s.agent, s.health, s.cause, {{in_plain(s.cause)}} AS cause_in_words, s.az, s.client, s.seconds_since_heartbeat, s.instance_id,
	TIMESTAMPDIFF(SECOND, s.cause_since, NOW()) AS cause_seconds
FROM (
	-- :include worst_agents most=20
) w JOIN v_agent_status s ON s.agent_id = w.agent_id
ORDER BY w.urgency, w.agent_id
LIMIT 20
