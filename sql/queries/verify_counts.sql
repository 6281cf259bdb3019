-- The counts kept by triggers equal a recount, per agent and per client.
SELECT 'counts of agents' AS name, COUNT(*) = 0 AS ok, CONCAT(COUNT(*), ' rows drifted') AS evidence FROM (
	SELECT client_id, agent_id FROM (
		SELECT client_id, agent_id, total_instances AS a, primary_count AS b, replica_count AS c, zombie_count AS d, active_running AS e, spot_count AS f,
			ondemand_count AS g, spot_price_n AS h, spot_price_sum AS i, savings_sum AS j, measured_savings_usd_per_hour AS k, cost_usd_per_hour AS l
		FROM instance_counts WHERE slot = 0 AND (total_instances <> 0 OR active_running <> 0 OR cost_usd_per_hour <> 0)
		UNION ALL
		SELECT client_id, agent_id, SUM(total_instances), SUM(primary_count), SUM(replica_count), SUM(zombie_count), SUM(active_running), SUM(spot_count),
			SUM(ondemand_count), SUM(spot_price_n), SUM(spot_price_sum), SUM(savings_sum), SUM(measured_savings_usd_per_hour), SUM(cost_usd_per_hour)
		FROM v_instance_shares WHERE total_instances GROUP BY client_id, agent_id) u
	GROUP BY client_id, agent_id, a, b, c, d, e, f, g, h, i, j, k, l HAVING COUNT(*) <> 2) x
UNION ALL
SELECT 'totals of clients', COUNT(*) = 0, CONCAT(COUNT(*), ' clients drifted') FROM (
	SELECT t.client_id FROM v_client_totals t LEFT JOIN (
		SELECT client_id, SUM(total_instances) AS a, SUM(active_running) AS e, SUM(measured_savings_usd_per_hour) AS k, SUM(cost_usd_per_hour) AS l
		FROM v_instance_shares GROUP BY client_id) s ON s.client_id = t.client_id
	WHERE t.total_instances <> COALESCE(s.a, 0) OR t.active_running <> COALESCE(s.e, 0) OR t.measured_savings_usd_per_hour <> COALESCE(s.k, 0)
		OR t.cost_usd_per_hour <> COALESCE(s.l, 0)) y
UNION ALL
SELECT 'every agent is counted', COUNT(*) = 0, CONCAT(COUNT(*), ' agents without a row, or with the wrong enabled flag')
FROM agents a LEFT JOIN instance_counts c ON c.client_id = a.client_id AND c.agent_id = a.id AND c.slot = 0
WHERE c.client_id IS NULL OR c.is_enabled <> a.enabled
UNION ALL
SELECT 'agents of clients', COUNT(*) = 0, CONCAT(COUNT(*), ' clients drifted')
FROM v_client_totals t LEFT JOIN (SELECT client_id, COUNT(*) AS n, SUM(enabled) AS e FROM agents GROUP BY client_id) a ON a.client_id = t.client_id
WHERE t.agent_count <> COALESCE(a.n, 0) OR t.enabled_count <> COALESCE(a.e, 0)
UNION ALL
SELECT 'instances of pools', p.n = 0, CONCAT(p.n, ' pools drifted')
FROM (SELECT (SELECT COUNT(*) FROM (SELECT pool_key, SUM(n) AS n FROM (SELECT agent_id AS pool_key, total_instances AS n FROM instance_counts WHERE slot > 16
		UNION ALL SELECT CAST(INSERT(INSERT(MD5(current_pool_id), 13, 1, '4'), 17, 1, '8') AS UUID), -COUNT(*) FROM instances WHERE is_active AND current_pool_id IS NOT NULL GROUP BY current_pool_id) u GROUP BY pool_key HAVING SUM(n) <> 0) v) AS n) p
