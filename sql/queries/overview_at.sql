-- The overview line by line as it was at :at, with the sections and items of the present; boot times and what only heartbeats tell are not kept.
-- The seconds of the verdict's counts are the age of the worker's look that they are known by.
-- :param at str
-- :param agent str
-- :param client str
-- :param all bool
WITH RECURSIVE was AS ( -- recursive: a plain one would be worked out for each of its uses
	SELECT s.id AS agent_id, s.logical_agent_id AS agent, s.health_then AS health, s.cause_then AS cause, s.silent_then AS silent_s, {{urgency(s.impact_then, s.cause_since_then)}} AS urgency FROM (
		-- :include asof_agents told={{then_judged}} | of=TRUE
	) s
	UNION ALL SELECT * FROM was WHERE FALSE
), conditions AS (
	SELECT w.alert_key, w.kind, w.severity, w.place, w.agent_id, w.agent, w.message, w.since, w.began, w.is_snoozed, w.extent FROM (
		-- :include conditions_at
	) w
	UNION ALL SELECT * FROM conditions WHERE FALSE
)
SELECT CONCAT(l.section, '/', l.item) AS line, ROW_NUMBER() OVER (ORDER BY l.place, l.within, l.item) AS place, l.section, l.item, l.state, CAST(l.value AS DOUBLE) AS value, l.seconds, l.agent, l.detail, l.agent_id
FROM (
	SELECT 1 AS place, FIELD(k.item, 'critical', 'errors', 'warnings', 'snoozed') AS within, 'verdict' AS section, k.item, NULL AS state,
		CAST(COALESCE(SUM(CASE k.item WHEN 'critical' THEN w.severity = 'critical' AND NOT w.is_snoozed WHEN 'errors' THEN w.severity = 'error' AND NOT w.is_snoozed
			WHEN 'warnings' THEN w.severity IN ('warning', 'info') AND NOT w.is_snoozed ELSE w.is_snoozed END), 0) AS DECIMAL(18,4)) AS value,
		{{look_age(:at)}} AS seconds, NULL AS agent, NULL AS detail, NULL AS agent_id
	FROM (SELECT 'critical' AS item UNION ALL SELECT 'errors' UNION ALL SELECT 'warnings' UNION ALL SELECT 'snoozed') k
	LEFT JOIN conditions w ON TRUE
	GROUP BY k.item
	UNION ALL
	SELECT 1, 5, 'verdict', 'unhealthy', IF(u.unknown > 0, 'at least', NULL), u.unhealthy, NULL, NULL, NULL, NULL
	FROM (SELECT COUNT(IF(s.health IN ({{unhealthy}}), 1, NULL)) AS unhealthy, SUM(s.health IS NULL) AS unknown FROM was s) u
	UNION ALL
	SELECT 1, 0, 'verdict', 'word', CASE MAX({{severity_rank(IF(w.is_snoozed, NULL, w.severity))}}) WHEN 4 THEN 'CRITICAL' WHEN 3 THEN 'ERROR' WHEN 2 THEN 'WARNING' ELSE CASE WHEN MAX(u.unhealthy) > 0 OR COUNT(w.alert_key) > 0 THEN 'LOOK' WHEN MAX(u.unknown) = 0 THEN 'OK' END END,
		NULL, MAX(IF(w.nth = 1, TIMESTAMPDIFF(SECOND, w.since, CAST(:at AS DATETIME)), NULL)), MAX(IF(w.nth = 1, w.agent, NULL)), MAX(IF(w.nth = 1, w.message, NULL)), MAX(IF(w.nth = 1, w.agent_id, NULL))
	FROM (SELECT COUNT(IF(s.health IN ({{unhealthy}}), 1, NULL)) AS unhealthy, SUM(s.health IS NULL) AS unknown FROM was s) u
	LEFT JOIN (SELECT c.*, ROW_NUMBER() OVER (ORDER BY c.is_snoozed, {{by_impact(c)}}) AS nth FROM conditions c) w ON TRUE
	UNION ALL
	SELECT 2, ROW_NUMBER() OVER (ORDER BY {{by_impact(v)}}), 'condition', v.alert_key, IF(v.is_snoozed, 'snoozed', v.severity), v.extent, TIMESTAMPDIFF(SECOND, v.since, CAST(:at AS DATETIME)), v.agent, v.message, v.agent_id
	FROM conditions v
	UNION ALL
	SELECT 3, d.place, 'deadline', d.agent, d.notice_status, d.replica_count, IF(d.notice_status = 'rebalance', TIMESTAMPDIFF(SECOND, CAST(:at AS DATETIME), d.notice_deadline), d.seconds_left), d.agent,
		CONCAT_WS(', ', d.az, IF(d.verdict = 'RISK', 'a risk, not a countdown', d.in_words)), d.agent_id
	FROM (
		-- :include deadline_rows_at
	) d
	UNION ALL
	SELECT 4, ROW_NUMBER() OVER (ORDER BY s.urgency, s.agent_id), 'unhealthy', s.agent, s.health, NULL, s.silent_s, s.agent, s.cause, s.agent_id
	FROM was s WHERE s.health IN ({{unhealthy}})
	UNION ALL
	SELECT 5, COALESCE(NULLIF({{health_rank(s.health)}}, -1), 4), 'health', COALESCE(s.health, 'n/a'), COALESCE(s.health, 'n/a'), COUNT(*), NULL, NULL, NULL, NULL
	FROM was s GROUP BY s.health
	UNION ALL
	SELECT IF(k.n < 8, 6, 7), k.n, IF(k.n < 8, 'fleet', 'money'), k.item, NULL,
		CASE k.item WHEN 'instances' THEN f.instances WHEN 'primary' THEN f.primaries WHEN 'replica' THEN f.replicas WHEN 'zombie' THEN f.zombies WHEN 'launching' THEN f.launching
			WHEN 'terminating' THEN f.terminating WHEN 'promoting' THEN f.promoting WHEN 'cost_usd_per_hour' THEN f.cost_usd_per_hour WHEN 'cost_usd_per_month' THEN {{month_h}} * f.cost_usd_per_hour
			WHEN 'saved_usd_per_hour' THEN f.saved_usd_per_hour WHEN 'saved_usd_per_month' THEN {{month_h}} * f.saved_usd_per_hour WHEN 'zombie_usd_per_hour' THEN f.zombie_usd_per_hour
			WHEN 'unpriced' THEN f.unpriced ELSE f.unmeasured END, IF(k.n BETWEEN 8 AND 12, TIMESTAMPDIFF(SECOND, f.priced_at, :at), NULL), NULL,
		IF(k.n BETWEEN 8 AND 12 AND f.unpriced + f.unmeasured > 0, CONCAT('without ', {{n_of(f.unpriced, 'instance', 'instances')}}, ' of unknown price'), NULL), NULL
	FROM (
		-- :include overview_fleet_at
	) f JOIN (SELECT 1 AS n, 'instances' AS item UNION ALL SELECT 2, 'primary' UNION ALL SELECT 3, 'replica' UNION ALL SELECT 4, 'zombie' UNION ALL SELECT 5, 'launching'
		UNION ALL SELECT 6, 'terminating' UNION ALL SELECT 7, 'promoting' UNION ALL SELECT 8, 'cost_usd_per_hour' UNION ALL SELECT 9, 'cost_usd_per_month'
		UNION ALL SELECT 10, 'saved_usd_per_hour' UNION ALL SELECT 11, 'saved_usd_per_month' UNION ALL SELECT 12, 'zombie_usd_per_hour' UNION ALL SELECT 13, 'unpriced' UNION ALL SELECT 14, 'unmeasured') k
	UNION ALL
	SELECT 6, 10 + o.within, 'outages', o.item, NULL, o.outages, o.seconds, NULL, NULL, NULL
	FROM (
		-- :include outage_sums_at
	) o
	UNION ALL
	SELECT 8, 0, 'saved a day', t.day, NULL, t.saved_usd, NULL, NULL, CONCAT('paid ', t.cost_usd, ' of ', t.baseline_usd), NULL
	FROM (
		-- :include overview_trend_at
	) t
	UNION ALL
	SELECT 9, 0, 'in flight', i.instance_id, i.state, NULL, i.seconds, i.agent, i.pool, i.agent_id
	FROM (
		-- :include overview_flight_at
	) i
	UNION ALL
	SELECT 10, -UNIX_TIMESTAMP(m.created_at), 'command', CAST(m.command_id AS CHAR), m.status, NULL, m.elapsed_seconds, m.agent,
		CONCAT_WS(' ', m.command_type, m.target, m.stage, IF(m.is_mine, 'mine', m.created_by)), m.agent_id
	FROM (
		-- :include overview_mine_at
	) m WHERE m.status IN ('pending', 'executing')
	UNION ALL
	SELECT 11, 0, 'job', j.name, j.state, NULL, j.seconds_since_last, NULL, j.last_error, NULL
	FROM (
		-- :include overview_jobs_at
	) j
) l
