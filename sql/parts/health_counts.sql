-- How many agents are in which health but ok and off; its cost is that of the trouble, not of the fleet, nor of those who are only silent.
SELECT h.health_rank, CAST(SUM(h.agents) AS INT) AS agents FROM (
	SELECT s.health_rank, COUNT(*) AS agents FROM v_agents_in_trouble x JOIN v_agent_status s ON s.agent_id = x.agent_id
	WHERE s.health NOT IN ('ok', 'off') GROUP BY s.health_rank
	UNION ALL
	SELECT r.health_rank, r.agents FROM v_silence_ranks r
	UNION ALL -- those in trouble are counted above, by all that is wrong with them
	SELECT o.cause_n DIV 10, -COUNT(*) FROM (SELECT
			-- :include silence
			AS cause_n FROM v_agents_in_trouble x JOIN agents a ON a.id = x.agent_id WHERE a.enabled = TRUE AND a.silent_at < NOW()) o
	WHERE o.cause_n < 40 GROUP BY o.cause_n DIV 10
) h GROUP BY h.health_rank HAVING agents > 0
