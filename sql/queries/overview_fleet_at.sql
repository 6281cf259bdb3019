-- The fleet's instances by role and state at :at, what they cost and saved at the prices of then.
-- :param at str
-- :param agent str
SELECT COALESCE(SUM(i.state <> 'terminated'), 0) AS instances, COALESCE(SUM(i.is_primary_then), 0) AS primaries, COALESCE(SUM(i.state = 'running_replica'), 0) AS replicas, COALESCE(SUM(i.state = 'zombie'), 0) AS zombies,
	COALESCE(SUM(i.state = 'launching'), 0) AS launching, COALESCE(SUM(i.state = 'terminating'), 0) AS terminating, CAST(NULL AS INT) AS promoting,
	SUM(i.cost_then) AS cost_usd_per_hour, SUM(i.saved_then) AS saved_usd_per_hour, SUM(IF(i.state = 'zombie', i.cost_then, 0)) AS zombie_usd_per_hour,
	SUM(i.state = 'launching' AND {{overdue(i.launch_requested_at, CAST(:at AS DATETIME))}}) AS overdue_launches,
	TIMESTAMPDIFF(SECOND, MIN(IF(i.state = 'launching', i.launch_requested_at, NULL)), :at) AS longest_launch_seconds,
	TIMESTAMPDIFF(SECOND, MIN(IF(i.state = 'terminating', i.leaving_at, NULL)), :at) AS longest_termination_seconds
FROM (
	-- :include asof_boxes
) i
