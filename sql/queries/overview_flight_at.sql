-- Launches and terminations under way at :at, the longest first; what is usual was another figure then.
-- :param at str
-- :param agent str
SELECT f.id AS instance_id, f.agent_id, a.logical_agent_id AS agent, f.state, COALESCE(f.current_pool_id, f.current_mode) AS pool, f.seconds,
	CAST(NULL AS INT) AS p95_seconds, CAST(NULL AS INT) AS samples, {{overdue_s}} AS limit_seconds, f.seconds > {{overdue_s}} AS is_overdue
FROM (SELECT i.*, TIMESTAMPDIFF(SECOND, IF(i.state = 'launching', i.launch_requested_at, i.leaving_at), :at) AS seconds FROM (
	-- :include asof_instances
) i WHERE i.lived AND i.state IN ('launching', 'terminating')) f
LEFT JOIN agents a ON a.id = f.agent_id
ORDER BY f.seconds DESC
LIMIT 20
