-- What programs of earlier revisions read by names that the schema does not use any more, with true figures.
-- The program of revision 6 reads it still: step 8 of sql/schema/upgrade drops it, this script goes, and sql/jobs/recount_drift.sql
-- reads the table by its name.

-- Their table of counts. Of an agent: its row, whose money they do not read (NULL: not said). Of a client: what its instances
-- are and cost. Of a client and pool: how many instances (slot 17, the pool's MD5 as a UUID).
CREATE OR REPLACE SQL SECURITY INVOKER VIEW instance_counts AS
SELECT client_id, agent_id, slot, is_enabled, total_instances, primary_count, replica_count, zombie_count, launching_count, terminating_count, promoting_count,
	agent_count, enabled_count, attention, NULL AS cost_usd_per_hour, NULL AS measured_savings_usd_per_hour, NULL AS zombie_cost_usd_per_hour
FROM spotop_agent_counts
UNION ALL
SELECT client_id, '00000000-0000-0000-0000-000000000000', 16, FALSE, total_instances, primary_count, replica_count, zombie_count, launching_count, terminating_count, promoting_count,
	0, 0, 0, cost_usd_per_hour, measured_savings_usd_per_hour, zombie_cost_usd_per_hour
FROM v_client_totals
UNION ALL
SELECT client_id, CAST(INSERT(INSERT(MD5(pool_id), 13, 1, '4'), 17, 1, '8') AS UUID), 17, FALSE, SUM(total_instances), 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL
FROM spotop_pool_counts WHERE pool_id <> '' GROUP BY client_id, pool_id;
