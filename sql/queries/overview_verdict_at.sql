-- All in one line as it was at :at: the alerts that were open, and what is known of the agents.
-- :param at str
-- :param agent str
-- :param all bool
-- :param client str
SELECT CAST(COALESCE(SUM(w.severity = 'critical' AND w.state <> 'snoozed'), 0) AS INT) AS critical,
	CAST(COALESCE(SUM(w.severity = 'error' AND w.state <> 'snoozed'), 0) AS INT) AS errors,
	CAST(COALESCE(SUM(w.severity IN ('warning', 'info') AND w.state <> 'snoozed'), 0) AS INT) AS warnings,
	CAST(COALESCE(SUM(w.state = 'snoozed'), 0) AS INT) AS snoozed,
	SUBSTRING_INDEX(GROUP_CONCAT(IF(w.state = 'snoozed', NULL, COALESCE(w.message, CONCAT_WS(' ', w.agent, REPLACE(w.kind, '_', ' ')))) ORDER BY w.rank, w.opened_at SEPARATOR '\n'), '\n', 1) AS first,
	(SELECT COUNT(*) FROM agents WHERE created_at <= :at) AS agents, h.unhealthy, h.termination_notices, h.rebalance_notices
FROM (SELECT COUNT(IF(s.health_then IN ({{unhealthy}}), 1, NULL)) AS unhealthy, COUNT(IF(s.enabled_then AND s.notice_then = 'termination', 1, NULL)) AS termination_notices,
		COUNT(IF(s.enabled_then AND s.notice_then = 'rebalance', 1, NULL)) AS rebalance_notices FROM (
		-- :include asof_agents
	) s) h
LEFT JOIN (
	-- :include alerts_at
) w ON TRUE
GROUP BY h.unhealthy, h.termination_notices, h.rebalance_notices
