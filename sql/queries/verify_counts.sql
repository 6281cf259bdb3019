-- The counts kept by triggers equal a recount, per agent, per pool of a client and per client.
SELECT 'counts of agents' AS name, COUNT(*) = 0 AS ok, {{n_of(COUNT(*), 'row drifted', 'rows drifted')}} AS evidence FROM (
	SELECT client_id, agent_id FROM (
		SELECT client_id, agent_id, total_instances, primary_count, replica_count, zombie_count, launching_count, terminating_count, promoting_count
		FROM spotop_agent_counts WHERE slot = 0 AND (total_instances <> 0 OR primary_count <> 0 OR replica_count <> 0 OR zombie_count <> 0 OR launching_count <> 0 OR terminating_count <> 0 OR promoting_count <> 0)
		UNION ALL
		SELECT client_id, agent_id, SUM(total_instances), SUM(primary_count), SUM(replica_count), SUM(zombie_count), SUM(launching_count), SUM(terminating_count), SUM(promoting_count)
		FROM v_instance_shares WHERE total_instances AND agent_id <> '00000000-0000-0000-0000-000000000000' GROUP BY client_id, agent_id) u
	GROUP BY client_id, agent_id, total_instances, primary_count, replica_count, zombie_count, launching_count, terminating_count, promoting_count HAVING COUNT(*) <> 2) x
UNION ALL
SELECT 'counts of pools', COUNT(*) = 0, {{n_of(COUNT(*), 'row drifted', 'rows drifted')}} FROM (
	SELECT client_id, pool_id FROM (
		SELECT client_id, pool_id, current_mode, instance_type, region, SUM(total_instances) AS total_instances, SUM(primary_count) AS primary_count, SUM(replica_count) AS replica_count, SUM(zombie_count) AS zombie_count, SUM(launching_count) AS launching_count, SUM(terminating_count) AS terminating_count, SUM(promoting_count) AS promoting_count
		FROM spotop_pool_counts GROUP BY client_id, pool_id, current_mode, instance_type, region
		HAVING total_instances <> 0 OR primary_count <> 0 OR replica_count <> 0 OR zombie_count <> 0 OR launching_count <> 0 OR terminating_count <> 0 OR promoting_count <> 0
		UNION ALL
		SELECT client_id, pool_id, current_mode, instance_type, region, SUM(total_instances), SUM(primary_count), SUM(replica_count), SUM(zombie_count), SUM(launching_count), SUM(terminating_count), SUM(promoting_count)
		FROM v_instance_shares WHERE total_instances GROUP BY client_id, pool_id, current_mode, instance_type, region) u
	GROUP BY client_id, pool_id, current_mode, instance_type, region, total_instances, primary_count, replica_count, zombie_count, launching_count, terminating_count, promoting_count HAVING COUNT(*) <> 2) y
UNION ALL
SELECT 'every agent is counted', COUNT(*) = 0, CONCAT({{n_of(COUNT(*), 'agent', 'agents')}}, ' without a row, or with the wrong enabled flag')
FROM agents a LEFT JOIN spotop_agent_counts c ON c.client_id = a.client_id AND c.agent_id = a.id AND c.slot = 0
WHERE c.client_id IS NULL OR c.is_enabled <> a.enabled
UNION ALL
SELECT 'agents of clients', COUNT(*) = 0, {{n_of(COUNT(*), 'client drifted', 'clients drifted')}}
FROM v_client_totals t LEFT JOIN (SELECT client_id, COUNT(*) AS n, SUM(enabled) AS e FROM agents GROUP BY client_id) a ON a.client_id = t.client_id
WHERE t.agent_count <> COALESCE(a.n, 0) OR t.enabled_count <> COALESCE(a.e, 0)
