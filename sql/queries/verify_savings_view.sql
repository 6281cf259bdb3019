-- v_active_instances_summary gives what the report's own definition gives.
SELECT 'v_active_instances_summary as the report defines it' AS name, COUNT(*) = 0 AS ok, {{n_of(COUNT(*), 'row differs', 'rows differ')}} AS evidence FROM (
	SELECT client_id FROM (
		SELECT client_id, agent_id, total_active, spot_count, ondemand_count, avg_spot_price, total_hourly_savings FROM v_active_instances_summary
		UNION ALL
		SELECT i.client_id, i.agent_id, COUNT(*), SUM(CASE WHEN i.current_mode = 'spot' THEN 1 ELSE 0 END),
			SUM(CASE WHEN i.current_mode = 'ondemand' THEN 1 ELSE 0 END), AVG(i.spot_price),
			SUM(COALESCE(i.ondemand_price, 0) - COALESCE(i.spot_price, 0))
		FROM instances i WHERE i.is_active = TRUE AND i.instance_status IN ('running_primary', 'running_replica') GROUP BY i.client_id, i.agent_id) u
	GROUP BY client_id, agent_id, total_active, spot_count, ondemand_count, avg_spot_price, total_hourly_savings HAVING COUNT(*) <> 2) x
