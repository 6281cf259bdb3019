-- The fleet's instances by role and state at :at, what they cost and saved at the prices of then.
-- :param at str
-- :param agent str
SELECT COALESCE(SUM(i.state <> 'terminated'), 0) AS instances, COALESCE(SUM(i.is_primary_then), 0) AS primaries, COALESCE(SUM(i.state = 'running_replica'), 0) AS replicas, COALESCE(SUM(i.state = 'zombie'), 0) AS zombies,
	COALESCE(SUM(i.state = 'launching'), 0) AS launching, COALESCE(SUM(i.state = 'terminating'), 0) AS terminating, IF(SUM(i.state = 'running_replica' AND NOT i.is_as_now) > 0, NULL, COALESCE(SUM(i.state = 'promoting'), 0)) AS promoting,
	-- :include asof_money_sums
	,
	(SELECT COUNT(*) FROM v_outages WHERE began_at <= :at AND COALESCE(ended_at > :at, TRUE)) AS outages,
	(SELECT COUNT(*) FROM v_outages WHERE NOT is_planned AND began_at <= :at AND COALESCE(ended_at > CAST(:at AS DATETIME) - INTERVAL 1 DAY, TRUE)) AS outages_24h,
	(SELECT SUM(IF(ended_at <= :at, seconds, TIMESTAMPDIFF(SECOND, began_at, CAST(:at AS DATETIME)))) FROM v_outages
		WHERE NOT is_planned AND began_at <= :at AND COALESCE(ended_at > CAST(:at AS DATETIME) - INTERVAL 1 DAY, TRUE)) AS outage_seconds_24h,
	SUM(i.state = 'launching' AND {{overdue(i.launch_requested_at, CAST(:at AS DATETIME))}}) AS overdue_launches,
	TIMESTAMPDIFF(SECOND, MIN(IF(i.state = 'launching', i.launch_requested_at, NULL)), :at) AS longest_launch_seconds, {{overdue_s}} AS limit_seconds,
	TIMESTAMPDIFF(SECOND, MIN(IF(i.state = 'terminating', i.leaving_at, NULL)), :at) AS longest_termination_seconds
FROM (
	-- :include asof_costs
) i
