-- The fleet's instances by role and state, what it costs and saves, from the kept counts.
SELECT SUM(total_instances) AS instances, SUM(primary_count) AS primaries, SUM(replica_count) AS replicas, SUM(zombie_count) AS zombies,
       SUM(launching_count) AS launching, SUM(terminating_count) AS terminating, SUM(promoting_count) AS promoting,
       SUM(cost_usd_per_hour) AS cost_usd_per_hour, SUM(measured_savings_usd_per_hour) AS saved_usd_per_hour,
       SUM(zombie_cost_usd_per_hour) AS zombie_usd_per_hour,
       (SELECT COUNT(*) FROM v_outages WHERE ended_at IS NULL) AS outages, (SELECT COUNT(*) FROM v_outages WHERE NOT is_planned AND COALESCE(ended_at > NOW() - INTERVAL 1 DAY, TRUE)) AS outages_24h,
       (SELECT SUM(seconds) FROM v_outages WHERE NOT is_planned AND COALESCE(ended_at > NOW() - INTERVAL 1 DAY, TRUE)) AS outage_seconds_24h,
       (SELECT COUNT(*) FROM instances WHERE instance_status = 'launching' AND {{overdue(launch_requested_at, NOW())}}) AS overdue_launches,
       (SELECT TIMESTAMPDIFF(SECOND, MIN(launch_requested_at), NOW()) FROM instances WHERE instance_status = 'launching') AS longest_launch_seconds,
       (SELECT TIMESTAMPDIFF(SECOND, MIN(termination_requested_at), NOW()) FROM instances WHERE instance_status = 'terminating') AS longest_termination_seconds
FROM instance_counts
WHERE agent_id = '00000000-0000-0000-0000-000000000000' AND slot > 0
