-- The fleet's instances by role and state, what it costs and saves, from the kept counts and the newest prices.
SELECT t.total_instances AS instances, t.primary_count AS primaries, t.replica_count AS replicas, t.zombie_count AS zombies,
       t.launching_count AS launching, t.terminating_count AS terminating, t.promoting_count AS promoting,
       m.cost_usd_per_hour, m.measured_savings_usd_per_hour AS saved_usd_per_hour,
       m.zombie_cost_usd_per_hour AS zombie_usd_per_hour, m.unpriced_count AS unpriced, m.unmeasured_count AS unmeasured, m.priced_at, {{ago_s(m.summed_at)}} AS summed_seconds_ago,
       o.outages, o.outages_24h, o.outage_seconds_24h,
       (SELECT COUNT(*) FROM instances WHERE instance_status = 'launching' AND {{overdue(launch_requested_at, NOW())}}) AS overdue_launches,
       (SELECT {{ago_s(MIN(launch_requested_at))}} FROM instances WHERE instance_status = 'launching') AS longest_launch_seconds, {{overdue_s}} AS limit_seconds,
       (SELECT {{ago_s(MIN(termination_requested_at))}} FROM instances WHERE instance_status = 'terminating') AS longest_termination_seconds
FROM v_fleet_totals t JOIN v_fleet_money m
JOIN (SELECT COALESCE(SUM(ended_at IS NULL), 0) AS outages, COALESCE(SUM(NOT is_planned), 0) AS outages_24h, SUM(IF(is_planned, NULL, seconds)) AS outage_seconds_24h
	FROM v_outages WHERE ended_at IS NULL OR ended_at > NOW() - INTERVAL 1 DAY) o
