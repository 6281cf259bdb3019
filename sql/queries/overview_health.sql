-- How many enabled agents are in which health.
SELECT health, MIN(health_rank) AS health_rank, COUNT(*) AS agents FROM v_agent_status GROUP BY health ORDER BY health_rank
