-- The leading worker's sums of money by client and of all (the row of zeros), where there are :least rows of counts to add up:
-- whoever looks reads them while they are under 5 s old. Rows that stay as they are are not written.
-- :param holder str
-- :param fence int
-- :param least int
INSERT INTO spotop_sums (client_id, cost_usd_per_hour, measured_savings_usd_per_hour, zombie_cost_usd_per_hour, replica_cost_usd_per_hour, unpriced_count, unmeasured_count, priced_at, summed_at)
SELECT COALESCE(m.client_id, {{all_clients}}), m.cost_usd_per_hour, m.measured_savings_usd_per_hour, m.zombie_cost_usd_per_hour, m.replica_cost_usd_per_hour, m.unpriced_count, m.unmeasured_count, m.priced_at,
	IF(m.client_id IS NULL, m.began_at, NULL)
FROM (
	SELECT k.client_id, NOW(3) AS began_at,
		-- :include money_sums
	FROM v_counts_priced k GROUP BY k.client_id WITH ROLLUP
) m
WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM spotop_pool_counts LIMIT :least) n) = :least
	AND EXISTS (SELECT 1 FROM job_schedules s WHERE s.name = 'leader' AND s.holder = :holder AND s.fence = :fence AND s.lease_until > NOW(3))
ON DUPLICATE KEY UPDATE cost_usd_per_hour = VALUES(cost_usd_per_hour), measured_savings_usd_per_hour = VALUES(measured_savings_usd_per_hour), zombie_cost_usd_per_hour = VALUES(zombie_cost_usd_per_hour),
	replica_cost_usd_per_hour = VALUES(replica_cost_usd_per_hour), unpriced_count = VALUES(unpriced_count), unmeasured_count = VALUES(unmeasured_count), priced_at = VALUES(priced_at), summed_at = VALUES(summed_at)
