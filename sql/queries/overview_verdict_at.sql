-- All in one line as it was at :at: the alerts that were open, and what is known of the agents: unhealthy is at least so many, and
-- unhealthy_unknown those of whom it is not known. looked_seconds: how old the look is that the alerts of then are known by.
-- :param at str
-- :param agent str
-- :param all bool
-- :param client str
SELECT c.critical, c.errors, c.warnings, c.snoozed, c.first, c.first_seconds, c.kinds,
	(SELECT COALESCE(SUM(g.enabled), 0) FROM (
		-- :include enabled_at
	) g) AS agents, h.unhealthy, h.unhealthy_unknown, h.worst, h.termination_notices, h.rebalance_notices,
	{{look_age(:at)}} AS looked_seconds
FROM (SELECT CAST(SUM(IF(w.severity = 'critical', w.n, 0)) AS INT) AS critical, CAST(SUM(IF(w.severity = 'error', w.n, 0)) AS INT) AS errors,
		CAST(SUM(IF(w.severity IN ('warning', 'info'), w.n, 0)) AS INT) AS warnings, CAST(SUM(w.snoozed) AS INT) AS snoozed,
		{{first_of_kinds(w)}} AS first,
		TIMESTAMPDIFF(SECOND, FROM_UNIXTIME(NULLIF({{first_since(w)}}, '')), CAST(:at AS DATETIME)) AS first_seconds, {{kinds_in_words(w)}} AS kinds
	FROM (
		-- :include condition_kinds_at
	) w) c
JOIN (SELECT COUNT(IF(s.health_then IN ({{unhealthy}}), 1, NULL)) AS unhealthy, CAST(COALESCE(SUM(s.health_then IS NULL), 0) AS INT) AS unhealthy_unknown, COUNT(IF(s.enabled_then AND s.notice_then = 'termination', 1, NULL)) AS termination_notices,
		COUNT(IF(s.enabled_then AND s.notice_then = 'rebalance', 1, NULL)) AS rebalance_notices,
		SUBSTRING_INDEX(GROUP_CONCAT(IF(s.health_then IN ({{unhealthy}}), CONCAT(s.logical_agent_id, ': ', {{in_plain(s.cause_then)}}), NULL) ORDER BY {{urgency(s.impact_then, s.cause_since_then)}}, s.id SEPARATOR '\n'), '\n', 1) AS worst
	FROM (
		-- :include asof_agents told={{then_judged}} | of=TRUE
	) s) h
