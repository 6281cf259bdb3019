-- What happened to an agent, a pool, a client or the fleet, from every source, merged by time; silences told.
-- agent and client are ids; since and until bound the time (the last 8 h). A gap is a time of over 10 minutes in
-- which nothing at all was written, no event, command, job, price: it stands at its end.
-- :param agent str
-- :param client str
-- :param pool str
-- :param since str
-- :param until str
-- :param at str
-- :param t0 str
WITH RECURSIVE bounds AS ( -- of no table: known before the plan is made, so that each source is read by its index of times
	SELECT CAST(COALESCE(:since, COALESCE(:at, NOW()) - INTERVAL 8 HOUR) AS DATETIME(3)) AS from_at, CAST(LEAST(COALESCE(:until, NOW()), COALESCE(:at, NOW()), NOW()) AS DATETIME(3)) AS to_at
), server AS ( -- recursive: a plain one would be worked out anew wherever it is named
	SELECT NOW() - INTERVAL LEAST(CAST(VARIABLE_VALUE AS UNSIGNED), 4000000000) SECOND AS started_at FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'UPTIME'
	UNION ALL SELECT * FROM server WHERE FALSE
), life AS (
	SELECT DISTINCT e.created_at AS at FROM bounds b JOIN system_events e ON e.created_at BETWEEN b.from_at AND b.to_at AND e.severity IN ('debug', 'info', 'warning', 'error', 'critical')
	UNION SELECT m.created_at FROM bounds b JOIN commands m ON m.created_at BETWEEN b.from_at AND b.to_at
	UNION SELECT j.started_at FROM bounds b JOIN consolidation_jobs j ON j.started_at BETWEEN b.from_at AND b.to_at
	UNION SELECT s.observed_at FROM bounds b JOIN (SELECT id FROM spot_pools ORDER BY last_price_at DESC, id LIMIT 3) p JOIN spot_price_snapshots s ON s.pool_id = p.id AND s.observed_at BETWEEN b.from_at AND b.to_at
	UNION SELECT c.observed_at FROM bounds b JOIN (SELECT id FROM spot_pools ORDER BY last_price_at DESC, id LIMIT 3) p
		JOIN pricing_consolidated c ON c.pool_id = p.id AND c.observed_at BETWEEN b.from_at AND b.to_at AND NOT c.is_interpolated
	UNION SELECT k.observed_at FROM bounds b JOIN (SELECT id FROM spot_pools ORDER BY last_price_at DESC, id LIMIT 3) p
		JOIN pricing_canonical k ON k.pool_id = p.id AND k.observed_at BETWEEN b.from_at AND b.to_at AND NOT k.is_interpolated
	UNION SELECT b.to_at FROM bounds b
	UNION SELECT MAX(x.at) FROM ( -- the last life before it, each from the end of an index
		SELECT (SELECT e.created_at FROM system_events e WHERE e.severity = 'info' AND e.created_at < b.from_at ORDER BY e.created_at DESC LIMIT 1) AS at FROM bounds b
		UNION ALL SELECT (SELECT e.created_at FROM system_events e WHERE e.severity = 'warning' AND e.created_at < b.from_at ORDER BY e.created_at DESC LIMIT 1) FROM bounds b
		UNION ALL SELECT (SELECT m.created_at FROM commands m WHERE m.created_at < b.from_at ORDER BY m.created_at DESC LIMIT 1) FROM bounds b
		UNION ALL SELECT (SELECT MAX(j.started_at) FROM consolidation_jobs j WHERE j.started_at < b.from_at) FROM bounds b
		UNION ALL SELECT (SELECT s.observed_at FROM spot_price_snapshots s WHERE s.pool_id = p.id AND s.observed_at < b.from_at AND s.observed_at >= b.from_at - INTERVAL 2 DAY ORDER BY s.observed_at DESC LIMIT 1) FROM bounds b JOIN (SELECT id FROM spot_pools ORDER BY last_price_at DESC, id LIMIT 3) p
		UNION ALL SELECT (SELECT s.observed_at FROM pricing_consolidated s WHERE s.pool_id = p.id AND s.observed_at < b.from_at AND s.observed_at >= b.from_at - INTERVAL 2 DAY AND NOT s.is_interpolated ORDER BY s.observed_at DESC LIMIT 1) FROM bounds b JOIN (SELECT id FROM spot_pools ORDER BY last_price_at DESC, id LIMIT 3) p
		UNION ALL SELECT (SELECT s.observed_at FROM pricing_canonical s WHERE s.pool_id = p.id AND s.observed_at < b.from_at AND s.observed_at >= b.from_at - INTERVAL 2 DAY AND NOT s.is_interpolated ORDER BY s.observed_at DESC LIMIT 1) FROM bounds b JOIN (SELECT id FROM spot_pools ORDER BY last_price_at DESC, id LIMIT 3) p) x
), line AS (
	SELECT e.created_at AS at, IF(e.event_type IN ('rebalance_notice', 'termination_notice', 'notice_cleared'), 'notice', 'event') AS source, e.severity,
		e.event_type AS what, e.message AS detail, e.agent_id, e.client_id, CONCAT('e', e.id) AS line_id
	FROM bounds b JOIN system_events e ON e.created_at BETWEEN b.from_at AND b.to_at
	WHERE e.severity IN ('info', 'warning', 'error', 'critical') AND e.event_type NOT IN ('switch_completed', 'switch_failed', 'command_failed', 'command_expired', 'command_cancelled', 'alert_raised', 'alert_cleared')
	  AND (:agent IS NULL OR e.agent_id = :agent) AND (:client IS NULL OR e.client_id = :client) AND (:pool IS NULL OR JSON_VALUE(e.metadata, '$.pool') = :pool OR e.instance_id IN (SELECT id FROM instances WHERE current_pool_id = :pool))
	UNION ALL
	SELECT m.created_at, 'command', 'info', CONCAT(m.command_type, ' created'), CONCAT_WS(' ', COALESCE(m.target_pool_id, m.instance_id, m.target_mode), m.trigger_type, NULLIF(m.created_by, m.trigger_type), m.reason),
		m.agent_id, m.client_id, CONCAT('c1', m.id)
	FROM bounds b JOIN commands m ON m.created_at BETWEEN b.from_at AND b.to_at
	WHERE (:agent IS NULL OR m.agent_id = :agent) AND (:client IS NULL OR m.client_id = :client) AND (:pool IS NULL OR m.target_pool_id = :pool)
	UNION ALL
	SELECT m.executed_at, 'command', 'info', CONCAT(m.command_type, ' claimed'), CONCAT('after ', {{in_words(TIMESTAMPDIFF(SECOND, m.created_at, m.executed_at))}}), m.agent_id, m.client_id, CONCAT('c3', m.id)
	FROM bounds b JOIN commands m ON m.executed_at BETWEEN b.from_at AND b.to_at
	WHERE (:agent IS NULL OR m.agent_id = :agent) AND (:client IS NULL OR m.client_id = :client) AND (:pool IS NULL OR m.target_pool_id = :pool)
	UNION ALL
	SELECT m.completed_at, 'command', CASE m.status WHEN 'completed' THEN 'info' WHEN 'failed' THEN 'error' ELSE 'warning' END, CONCAT(m.command_type, ' ', m.status),
		CONCAT_WS(', ', CONCAT('took ', {{in_words(TIMESTAMPDIFF(SECOND, m.created_at, m.completed_at))}}), m.message), m.agent_id, m.client_id, CONCAT('c2', m.id)
	FROM bounds b JOIN commands m ON m.completed_at BETWEEN b.from_at AND b.to_at
	WHERE (:agent IS NULL OR m.agent_id = :agent) AND (:client IS NULL OR m.client_id = :client) AND (:pool IS NULL OR m.target_pool_id = :pool)
	UNION ALL
	SELECT w.switched_at, 'switch', IF(w.success, 'info', 'error'), IF(w.success, 'switched', 'switch failed'),
		CONCAT(COALESCE(w.old_pool_id, w.old_mode, 'n/a'), ' to ', COALESCE(w.new_pool_id, w.new_mode, 'n/a'), COALESCE(CONCAT(', down ', w.downtime_seconds, ' s'), ''),
			COALESCE(CONCAT(', $', ABS(ROUND(w.savings_impact, 4)), IF(w.savings_impact < 0, '/h more', '/h saved')), ''), COALESCE(CONCAT(': ', w.error_message), '')),
		w.agent_id, w.client_id, CONCAT('w', w.id)
	FROM bounds b JOIN switches w ON w.switched_at BETWEEN b.from_at AND b.to_at
	WHERE (:agent IS NULL OR w.agent_id = :agent) AND (:client IS NULL OR w.client_id = :client) AND (:pool IS NULL OR :pool IN (w.old_pool_id, w.new_pool_id))
	UNION ALL
	SELECT r.launch_requested_at, 'replica', 'info', 'replica requested', CONCAT_WS(' in ', r.cloud_instance_id, COALESCE(r.pool_id, r.mode)), r.agent_id, r.client_id, CONCAT('r1', r.id)
	FROM bounds b JOIN replica_instances r ON r.launch_requested_at BETWEEN b.from_at AND b.to_at
	WHERE (:agent IS NULL OR r.agent_id = :agent) AND (:client IS NULL OR r.client_id = :client) AND (:pool IS NULL OR r.pool_id = :pool)
	UNION ALL
	SELECT r.launch_completed_at, 'replica', 'info', 'replica runs', CONCAT(r.cloud_instance_id, ', booted in ', {{in_words(TIMESTAMPDIFF(SECOND, r.launch_requested_at, r.launch_completed_at))}}),
		r.agent_id, r.client_id, CONCAT('r2', r.id)
	FROM bounds b JOIN replica_instances r ON r.launch_completed_at BETWEEN b.from_at AND b.to_at
	WHERE (:agent IS NULL OR r.agent_id = :agent) AND (:client IS NULL OR r.client_id = :client) AND (:pool IS NULL OR r.pool_id = :pool)
	UNION ALL
	SELECT r.terminated_at, 'replica', 'info', 'replica ended', r.cloud_instance_id, r.agent_id, r.client_id, CONCAT('r3', r.id)
	FROM bounds b JOIN replica_instances r ON r.terminated_at BETWEEN b.from_at AND b.to_at
	WHERE (:agent IS NULL OR r.agent_id = :agent) AND (:client IS NULL OR r.client_id = :client) AND (:pool IS NULL OR r.pool_id = :pool)
	UNION ALL
	SELECT l.opened_at, 'alert', l.severity, CONCAT(l.kind, ' raised'), l.message, l.agent_id, l.client_id, CONCAT('a1', l.id)
	FROM bounds b JOIN alerts l ON l.opened_at BETWEEN b.from_at AND b.to_at
	WHERE (:agent IS NULL OR l.agent_id = :agent) AND (:client IS NULL OR l.client_id = :client) AND (:pool IS NULL OR l.pool_id = :pool)
	UNION ALL
	SELECT l.resolved_at, 'alert', 'info', CONCAT(l.kind, ' cleared'), CONCAT('after ', {{in_words(TIMESTAMPDIFF(SECOND, l.opened_at, l.resolved_at))}}), l.agent_id, l.client_id, CONCAT('a2', l.id)
	FROM bounds b JOIN alerts l ON l.resolved_at BETWEEN b.from_at AND b.to_at
	WHERE (:agent IS NULL OR l.agent_id = :agent) AND (:client IS NULL OR l.client_id = :client) AND (:pool IS NULL OR l.pool_id = :pool)
	UNION ALL
	SELECT CAST(d.at AS DATETIME(0)), 'operator', IF(d.result = 'done', 'info', 'warning'), CONCAT(d.action, IF(d.result = 'done', '', CONCAT(' ', d.result))),
		CONCAT_WS(' ', CONCAT(SUBSTRING_INDEX(d.actor, '@', 1), COALESCE(CONCAT('/', d.os_user), ''), ':'), {{action_said(d)}}, CONCAT('(', d.reason, ')')),
		d.on_agent, d.on_client, CONCAT('d', d.id)
	FROM bounds b JOIN (
		SELECT u.*, l.pool_id AS on_pool, COALESCE(u.agent_named, i.agent_id, m.agent_id, l.agent_id) AS on_agent, COALESCE(u.client_named, l.client_id, g.client_id) AS on_client
		FROM (
			SELECT v.*, CASE WHEN v.target_type = 'agent' AND LENGTH(v.target_id) = 36 THEN CAST(v.target_id AS UUID) WHEN v.target_type = 'scope' AND v.target_id LIKE 'agent:%' THEN CAST(SUBSTR(v.target_id, 7) AS UUID) END AS agent_named,
				IF(v.target_type = 'scope' AND v.target_id LIKE 'client:%', CAST(SUBSTR(v.target_id, 8) AS UUID), NULL) AS client_named
			FROM bounds b2 JOIN v_audit v ON v.at >= b2.from_at AND v.at < b2.to_at + INTERVAL 1 SECOND AND v.id > 1
		) u
		LEFT JOIN instances i ON i.id = IF(u.target_type = 'instance', CONVERT(u.target_id USING ascii) COLLATE ascii_bin, NULL)
		LEFT JOIN commands m ON m.id = IF(u.target_type = 'command' AND LENGTH(u.target_id) = 36, CAST(u.target_id AS UUID), NULL)
		LEFT JOIN alerts l ON l.id = IF(u.target_type = 'alert', CAST(u.target_id AS UNSIGNED), NULL)
		LEFT JOIN agents g ON g.id = COALESCE(u.agent_named, i.agent_id, m.agent_id, l.agent_id)
	) d LEFT JOIN agents mine ON mine.id = :agent LEFT JOIN spot_pools its ON its.id = :pool
	WHERE (:agent IS NULL OR d.on_agent = :agent OR (d.target_type = 'scope' AND d.target_id IN ('all', CONCAT('client:', mine.client_id), CONCAT('az:', mine.az), CONCAT('region:', mine.region), CONCAT('pool:', mine.current_pool_id))))
	  AND (:client IS NULL OR d.on_client = :client OR (d.target_type = 'scope' AND (d.target_id = 'all'
		OR (d.target_id LIKE 'az:%' AND EXISTS (SELECT 1 FROM agents z WHERE z.client_id = :client AND z.az = SUBSTR(d.target_id, 4)))
		OR (d.target_id LIKE 'region:%' AND EXISTS (SELECT 1 FROM agents z WHERE z.client_id = :client AND z.region = SUBSTR(d.target_id, 8))))))
	  AND (:pool IS NULL OR d.target_id = :pool OR d.on_pool = :pool OR (d.target_type = 'scope' AND d.target_id IN ('all', CONCAT('pool:', its.id), CONCAT('az:', its.az), CONCAT('region:', its.region))))
	UNION ALL
	SELECT h.hour_at, 'price', IF(h.price_close > h.prior, 'warning', 'info'), 'price jump',
		CONCAT(h.pool_id, ': $', h.prior, ' to $', h.price_close, ' (', IF(h.price_close > h.prior, '+', ''), ROUND(100 * (h.price_close - h.prior) / h.prior), ' %) in the hour'), NULL, NULL, CONCAT('p', h.pool_id, h.hour_at)
	FROM bounds b JOIN (SELECT x.pool_id, x.hour_at, x.price_close, LAG(x.price_close) OVER (PARTITION BY x.pool_id ORDER BY x.hour_at) AS prior
		FROM bounds b2 JOIN pool_price_hourly x ON x.hour_at BETWEEN b2.from_at - INTERVAL 2 HOUR AND b2.to_at
		WHERE (:pool IS NULL OR x.pool_id = :pool) AND (:agent IS NULL OR x.pool_id IN (SELECT i.current_pool_id FROM instances i WHERE i.agent_id = :agent))
			AND (:client IS NULL OR x.pool_id IN (SELECT p.id FROM spot_pools p WHERE EXISTS (SELECT 1 FROM agents z WHERE z.current_pool_id = p.id AND z.client_id = :client)))) h
		ON h.hour_at BETWEEN b.from_at AND b.to_at AND ABS(h.price_close - h.prior) > 0.1 * h.prior
	UNION ALL
	SELECT s.observed_at, 'price', IF(s.price > s.prior, 'warning', 'info'), 'price jump',
		CONCAT(s.pool_id, ': $', s.prior, ' to $', s.price, ' (', IF(s.price > s.prior, '+', ''), ROUND(100 * (s.price - s.prior) / s.prior), ' %)'), NULL, NULL, CONCAT('q', s.pool_id, s.observed_at)
	FROM bounds b JOIN (SELECT x.pool_id, x.observed_at, x.price, LAG(x.price) OVER (PARTITION BY x.pool_id ORDER BY x.observed_at) AS prior
		FROM bounds b2 JOIN spot_price_snapshots x ON x.observed_at BETWEEN b2.from_at - INTERVAL 1 HOUR AND b2.to_at
			AND x.observed_at >= COALESCE((SELECT MAX(y.hour_at) + INTERVAL 1 HOUR FROM pool_price_hourly y), '2000-01-01')
		WHERE (:pool IS NOT NULL OR :agent IS NOT NULL OR :client IS NOT NULL)
			AND (x.pool_id = :pool OR (:agent IS NOT NULL AND x.pool_id IN (SELECT i.current_pool_id FROM instances i WHERE i.agent_id = :agent))
			OR (:client IS NOT NULL AND x.pool_id IN (SELECT p.id FROM spot_pools p WHERE EXISTS (SELECT 1 FROM agents z WHERE z.current_pool_id = p.id AND z.client_id = :client))))) s
		ON s.observed_at BETWEEN b.from_at AND b.to_at AND ABS(s.price - s.prior) > 0.1 * s.prior
	UNION ALL
	SELECT g.at, 'gap', 'warning', IF(v.started_at > g.prior AND v.started_at <= g.at, 'server was down', 'server was silent'),
		CONCAT('nothing was written for ', IF(g.seconds < 7200, CONCAT(g.seconds DIV 60, ' m'), CONCAT(g.seconds DIV 3600, ' h')), ', since ', LEFT(g.prior, 19),
			IF(v.started_at > g.prior AND v.started_at <= g.at, CONCAT('; it started at ', v.started_at), '')), NULL, NULL, CONCAT('g', g.at)
	FROM bounds b JOIN server v JOIN (SELECT l.at, LAG(l.at) OVER (ORDER BY l.at) AS prior, TIMESTAMPDIFF(SECOND, LAG(l.at) OVER (ORDER BY l.at), l.at) AS seconds FROM life l WHERE l.at IS NOT NULL) g
		ON g.seconds > 600 AND g.at BETWEEN b.from_at AND b.to_at
	UNION ALL
	SELECT v.started_at, 'server', 'info', 'server started', CONCAT('MariaDB ', VERSION()), NULL, NULL, 'u' FROM bounds b JOIN server v WHERE v.started_at BETWEEN b.from_at AND b.to_at
	UNION ALL -- what is in flight at the end, where no end was given
	SELECT b.to_at, 'open', 'warning', CONCAT(n.what, ' goes on'), CONCAT('for ', {{in_words(n.seconds)}}, ': ', n.detail), n.agent_id, NULL, n.flight_id FROM bounds b JOIN (
		-- :include in_flight
	) n WHERE :until IS NULL AND :at IS NULL
	UNION ALL
	SELECT b.to_at, 'open', 'warning', CONCAT(n.what, ' went on'), CONCAT('for ', {{in_words(n.seconds)}}, ': ', n.detail), n.agent_id, NULL, n.flight_id FROM bounds b JOIN (
		-- :include in_flight_at
	) n WHERE :until IS NULL AND :at IS NOT NULL
)
SELECT l.at, CASE l.source WHEN 'event' THEN '.' WHEN 'command' THEN '>' WHEN 'switch' THEN '=' WHEN 'replica' THEN '+' WHEN 'notice' THEN '!' WHEN 'price' THEN '$'
		WHEN 'alert' THEN '*' WHEN 'operator' THEN '@' WHEN 'gap' THEN '~' WHEN 'server' THEN '^' WHEN 'open' THEN ':' END AS mark, l.source, l.severity, l.what,
	a.logical_agent_id AS agent, l.detail, l.agent_id, c.name AS client, TIMESTAMPDIFF(SECOND, :t0, l.at) AS offset_seconds, l.line_id
FROM line l
LEFT JOIN agents a ON a.id = l.agent_id
LEFT JOIN clients c ON c.id = COALESCE(l.client_id, a.client_id)
