-- How many agents are in which trouble.
SELECT s.cause, COUNT(*) AS n FROM v_agents_attention t JOIN v_agent_status s ON s.agent_id = t.agent_id GROUP BY s.cause
