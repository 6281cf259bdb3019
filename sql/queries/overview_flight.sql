-- Launches and terminations under way, the longest first, each with the time that 95 in 100 of its kind took.
WITH ended AS (
	SELECT DISTINCT PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY t.termination_duration_seconds) OVER () AS p95, COUNT(*) OVER () AS n
	FROM (SELECT termination_duration_seconds FROM instances
		WHERE instance_status = 'terminated' AND termination_requested_at < NOW() AND termination_duration_seconds IS NOT NULL
		ORDER BY termination_requested_at DESC LIMIT 500) t
)
SELECT i.id AS instance_id, i.agent_id, a.logical_agent_id AS agent, i.instance_status AS state, COALESCE(i.current_pool_id, i.current_mode) AS pool, f.seconds,
	IF(i.instance_status = 'launching', p.boot_p95_seconds, ROUND(e.p95)) AS p95_seconds,
	IF(i.instance_status = 'launching', p.boot_n_30d, e.n) AS samples, {{overdue_s}} AS limit_seconds, f.seconds > {{overdue_s}} AS is_overdue
FROM (
	(SELECT id, {{ago_s(launch_requested_at)}} AS seconds FROM instances
	 WHERE instance_status = 'launching' AND is_active ORDER BY launch_requested_at LIMIT 20)
	UNION ALL
	(SELECT id, {{ago_s(termination_requested_at)}} FROM instances
	 WHERE instance_status = 'terminating' AND is_active ORDER BY termination_requested_at LIMIT 20)
) f
JOIN instances i ON i.id = f.id
LEFT JOIN agents a ON a.id = i.agent_id
LEFT JOIN spot_pools p ON p.id = i.current_pool_id
LEFT JOIN ended e ON i.instance_status = 'terminating'
ORDER BY f.seconds DESC, i.id
LIMIT 20
