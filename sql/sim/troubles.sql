-- Which agents are in which trouble; zombies, kept on purpose or not, are no emergency.
SELECT s.agent_id, s.cause FROM v_agents_attention t JOIN v_agent_status s ON s.agent_id = t.agent_id WHERE s.cause IS NOT NULL LIMIT 5000
