-- Rows of the kept counts that differ from the instances themselves, in one snapshot.
SELECT (SELECT COUNT(*) FROM instance_counts c LEFT JOIN (SELECT client_id, agent_id, SUM(total_instances) AS total_instances, SUM(primary_count) AS primary_count,
		SUM(replica_count) AS replica_count, SUM(zombie_count) AS zombie_count, SUM(measured_savings_usd_per_hour) AS savings, SUM(cost_usd_per_hour) AS cost
		FROM v_instance_shares GROUP BY client_id, agent_id) s ON s.client_id = c.client_id AND s.agent_id = c.agent_id
	WHERE c.slot = 0 AND (c.total_instances <> COALESCE(s.total_instances, 0) OR c.primary_count <> COALESCE(s.primary_count, 0)
		OR c.replica_count <> COALESCE(s.replica_count, 0) OR c.zombie_count <> COALESCE(s.zombie_count, 0)
		OR c.measured_savings_usd_per_hour <> COALESCE(s.savings, 0) OR c.cost_usd_per_hour <> COALESCE(s.cost, 0)))
	+ (SELECT COUNT(*) FROM (SELECT client_id, SUM(total_instances) AS total_instances, SUM(primary_count) AS primary_count, SUM(measured_savings_usd_per_hour) AS savings,
			SUM(cost_usd_per_hour) AS cost FROM v_instance_shares GROUP BY client_id) s
		LEFT JOIN v_client_totals t ON t.client_id = s.client_id
		WHERE NOT (t.total_instances <=> s.total_instances AND t.primary_count <=> s.primary_count AND t.measured_savings_usd_per_hour <=> s.savings AND t.cost_usd_per_hour <=> s.cost))
	+ (SELECT COUNT(*) FROM v_client_totals t LEFT JOIN (SELECT client_id, COUNT(*) AS n, SUM(enabled) AS e FROM agents GROUP BY client_id) a ON a.client_id = t.client_id
		WHERE t.agent_count <> COALESCE(a.n, 0) OR t.enabled_count <> COALESCE(a.e, 0))
	+ (SELECT COUNT(*) FROM (SELECT pool_key, SUM(n) AS n FROM (SELECT agent_id AS pool_key, total_instances AS n FROM instance_counts WHERE slot > 16
		UNION ALL SELECT CAST(INSERT(INSERT(MD5(current_pool_id), 13, 1, '4'), 17, 1, '8') AS UUID), -COUNT(*) FROM instances WHERE is_active AND current_pool_id IS NOT NULL GROUP BY current_pool_id) u GROUP BY pool_key HAVING SUM(n) <> 0) v) AS drift
