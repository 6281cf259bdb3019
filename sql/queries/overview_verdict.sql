-- All in one line: the gravest first, with who and since when, then the counts; the figures of `spotop check`.
SELECT c.critical, c.errors, c.warnings, c.snoozed, c.first, c.first_seconds, c.kinds,
	(SELECT enabled_count FROM v_fleet_agents) AS agents, u.unhealthy,
	(SELECT CONCAT(a.logical_agent_id, ': ', {{in_plain(w.cause)}}) FROM (
		-- :include worst_agents most=1
	) w JOIN agents a ON a.id = w.agent_id ORDER BY w.urgency, w.agent_id LIMIT 1) AS worst,
	(SELECT COUNT(*) FROM agents WHERE enabled AND notice_status = 'termination') AS termination_notices,
	(SELECT COUNT(*) FROM agents WHERE enabled AND notice_status = 'rebalance') AS rebalance_notices,
	COALESCE((SELECT {{is_leased(s)}} FROM job_schedules s WHERE s.name = 'leader'), 0) AS is_led
FROM (SELECT CAST(SUM(IF(w.severity = 'critical', w.n, 0)) AS INT) AS critical, CAST(SUM(IF(w.severity = 'error', w.n, 0)) AS INT) AS errors,
		CAST(SUM(IF(w.severity IN ('warning', 'info'), w.n, 0)) AS INT) AS warnings, CAST(SUM(w.snoozed) AS INT) AS snoozed,
		{{first_of_kinds(w)}} AS first,
		TIMESTAMPDIFF(SECOND, FROM_UNIXTIME(NULLIF({{first_since(w)}}, '')), NOW()) AS first_seconds, {{kinds_in_words(w)}} AS kinds
	FROM (
		-- :include condition_kinds
	) w) c
JOIN (SELECT COALESCE(SUM(h.agents), 0) AS unhealthy FROM (
	-- :include health_counts
) h WHERE h.health_rank < 3) u
