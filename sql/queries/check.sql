-- The figures of the fleet beside what is wrong: the plugin's perfdata; worst: the gravest unhealthy agent.
SELECT t.enabled_count AS agents, t.agent_count - t.enabled_count AS agents_off, u.unhealthy,
	(SELECT CONCAT(a.logical_agent_id, ': ', {{in_plain(w.cause)}}) FROM (
		-- :include worst_agents most=1
	) w JOIN agents a ON a.id = w.agent_id ORDER BY w.urgency, w.agent_id LIMIT 1) AS worst,
	t.zombie_count AS zombies,
	m.cost_usd_per_hour, m.measured_savings_usd_per_hour AS saved_usd_per_hour, m.zombie_cost_usd_per_hour AS zombie_usd_per_hour, m.unpriced_count AS unpriced, m.unmeasured_count AS unmeasured,
	{{ago_s(m.priced_at)}} AS oldest_price_seconds,
	(SELECT COUNT(*) FROM instances WHERE instance_status = 'launching' AND {{overdue(launch_requested_at, NOW())}} AND is_active) AS launches_overdue,
	(SELECT COUNT(*) FROM instances WHERE instance_status = 'terminating' AND {{overdue(termination_requested_at, NOW())}} AND is_active) AS terminations_overdue,
	(SELECT COUNT(*) FROM commands c WHERE {{is_pending(c)}}) AS commands_pending,
	(SELECT COUNT(*) FROM agents WHERE enabled AND notice_status = 'termination') AS termination_notices,
	(SELECT {{ago_s(last_ok_at)}} FROM job_schedules WHERE name = 'consolidate') AS consolidate_age,
	(SELECT {{is_leased(s)}} FROM job_schedules s WHERE s.name = 'leader') AS is_led
FROM (SELECT COALESCE(SUM(h.agents), 0) AS unhealthy FROM (
	-- :include health_counts
) h WHERE h.health_rank < 3) u
JOIN v_fleet_totals t JOIN v_fleet_money m
