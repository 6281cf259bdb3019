-- The fleet's instances by role and state at :at, what they cost and saved at the prices of then.
-- :param at str
-- :param agent str
SELECT SUM(i.state <> 'terminated') AS instances, SUM(i.is_primary_then) AS primaries, SUM(i.state = 'running_replica') AS replicas, SUM(i.state = 'zombie') AS zombies,
	SUM(i.state = 'launching') AS launching, SUM(i.state = 'terminating') AS terminating, CAST(NULL AS INT) AS promoting,
	SUM(i.cost_then) AS cost_usd_per_hour, SUM(i.saved_then) AS saved_usd_per_hour, SUM(IF(i.state = 'zombie', i.cost_then, 0)) AS zombie_usd_per_hour,
	SUM(i.state = 'launching' AND {{overdue(i.launch_requested_at, CAST(:at AS DATETIME))}}) AS overdue_launches,
	TIMESTAMPDIFF(SECOND, MIN(IF(i.state = 'launching', i.launch_requested_at, NULL)), :at) AS longest_launch_seconds,
	TIMESTAMPDIFF(SECOND, MIN(IF(i.state = 'terminating', i.leaving_at, NULL)), :at) AS longest_termination_seconds
FROM (
	-- :include asof_boxes
) i
