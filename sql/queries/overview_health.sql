-- How many agents are in which health; its cost is that of the trouble, not of the fleet.
WITH RECURSIVE trouble AS ( -- recursive: a plain one would be worked out for each of its two uses
	SELECT s.health, s.health_rank, COUNT(*) AS agents
	FROM v_agents_attention x JOIN v_agent_status s ON s.agent_id = x.agent_id
	WHERE s.health NOT IN ('ok', 'off') GROUP BY s.health, s.health_rank
	UNION ALL SELECT * FROM trouble WHERE FALSE
)
SELECT health, health_rank, agents FROM trouble
UNION ALL
SELECT 'ok', 4, (SELECT COUNT(*) FROM agents WHERE enabled = TRUE) - COALESCE((SELECT SUM(agents) FROM trouble), 0)
UNION ALL
SELECT 'off', 5, (SELECT COUNT(*) FROM agents WHERE enabled = FALSE) FROM DUAL WHERE EXISTS (SELECT 1 FROM agents WHERE enabled = FALSE)
ORDER BY health_rank
