-- How many agents are in which health but ok and off; its cost is that of the trouble, those who are only silent by their index.
SELECT h.health_rank, CAST(SUM(h.agents) AS INT) AS agents FROM (
	SELECT s.health_rank, COUNT(*) AS agents FROM v_agents_in_trouble x JOIN v_agent_status s ON s.agent_id = x.agent_id
	WHERE s.health NOT IN ('ok', 'off') GROUP BY s.health_rank
	UNION ALL
	SELECT o.cause_n DIV 10, COUNT(*) FROM v_agents_only_silent o WHERE o.cause_n < 40 GROUP BY o.cause_n DIV 10
) h GROUP BY h.health_rank
