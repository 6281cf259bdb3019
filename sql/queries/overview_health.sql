-- How many agents are in which health; its cost is that of the trouble, not of the fleet.
WITH RECURSIVE trouble AS ( -- recursive: a plain one would be worked out for each of its two uses
	SELECT ELT(1 + w.health_rank, {{healths}}) COLLATE utf8mb4_general_ci AS health, w.health_rank, w.agents FROM (
		-- :include health_counts
	) w
	UNION ALL SELECT * FROM trouble WHERE FALSE
)
SELECT health, health_rank, agents FROM trouble
UNION ALL
SELECT 'ok', 4, (SELECT enabled_count FROM v_fleet_agents) - COALESCE((SELECT SUM(agents) FROM trouble), 0)
UNION ALL
SELECT 'off', 5, t.agent_count - t.enabled_count FROM v_fleet_agents t WHERE t.agent_count > t.enabled_count
ORDER BY health_rank
