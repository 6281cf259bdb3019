-- How many agents are in which health; its cost is that of the trouble, not of the fleet.
WITH RECURSIVE trouble AS ( -- recursive: a plain one would be worked out for each of its two uses
	SELECT s.health, s.health_rank, COUNT(*) AS agents
	FROM v_agents_attention x JOIN v_agent_status s ON s.agent_id = x.agent_id
	WHERE s.health NOT IN ('ok', 'off') GROUP BY s.health, s.health_rank
	UNION ALL SELECT * FROM trouble WHERE FALSE
)
SELECT health, health_rank, agents FROM trouble
UNION ALL
SELECT 'ok', 4, (SELECT enabled_count FROM v_fleet_agents) - COALESCE((SELECT SUM(agents) FROM trouble), 0)
UNION ALL
SELECT 'off', 5, t.agent_count - t.enabled_count FROM v_fleet_agents t WHERE t.agent_count > t.enabled_count
ORDER BY health_rank
