-- v_agent_health_summary gives what the report's own definition gives.
SELECT 'v_agent_health_summary as the report defines it' AS name, COUNT(*) = 0 AS ok, {{n_of(COUNT(*), 'row differs', 'rows differ')}} AS evidence FROM (
	SELECT agent_id FROM (
		SELECT agent_id, status, total_instances, primary_count, replica_count, zombie_count FROM v_agent_health_summary
		UNION ALL
		SELECT a.id, a.status, COUNT(DISTINCT i.id), SUM(CASE WHEN i.is_primary THEN 1 ELSE 0 END),
			SUM(CASE WHEN i.instance_status = 'running_replica' THEN 1 ELSE 0 END), SUM(CASE WHEN i.instance_status = 'zombie' THEN 1 ELSE 0 END)
		FROM agents a LEFT JOIN instances i ON i.agent_id = a.id AND i.is_active = TRUE GROUP BY a.id) u
	GROUP BY agent_id, status, total_instances, primary_count, replica_count, zombie_count HAVING COUNT(*) <> 2) x
