-- What happened to an agent, a pool, a client or the fleet, from every source, merged by time.
-- :param agent str
-- :param client str
-- :param pool str
-- :param since str
WITH scope AS (
	SELECT (SELECT MIN(id) FROM agents WHERE id = :agent OR logical_agent_id = :agent) AS agent_id,
	       (SELECT MIN(id) FROM clients WHERE id = :client OR name = :client) AS client_id,
	       COALESCE(:since, NOW() - INTERVAL 8 HOUR) AS from_at
), line AS (
	SELECT e.created_at AS at, 'event' AS source, e.severity, e.event_type AS what, e.message AS detail, e.agent_id, e.client_id, CONCAT('e', e.id) AS line_id
	FROM scope JOIN system_events e ON e.created_at >= scope.from_at
	WHERE (:agent IS NULL OR e.agent_id = scope.agent_id) AND (:client IS NULL OR e.client_id = scope.client_id)
	  AND (:pool IS NULL OR JSON_VALUE(e.metadata, '$.pool') = :pool) AND e.severity <> 'debug'
	UNION ALL
	SELECT m.created_at, 'command', 'info', CONCAT(m.command_type, ' created'), CONCAT_WS(' ', COALESCE(m.target_pool_id, m.target_mode, m.instance_id), m.trigger_type, m.created_by, m.reason),
		m.agent_id, m.client_id, CONCAT('c1', m.id)
	FROM scope JOIN commands m ON m.created_at >= scope.from_at
	WHERE (:agent IS NULL OR m.agent_id = scope.agent_id) AND (:client IS NULL OR m.client_id = scope.client_id) AND (:pool IS NULL OR m.target_pool_id = :pool)
	UNION ALL
	SELECT m.completed_at, 'command', IF(m.status = 'completed', 'info', 'error'), CONCAT(m.command_type, ' ', m.status), m.message, m.agent_id, m.client_id, CONCAT('c2', m.id)
	FROM scope JOIN commands m ON m.created_at >= scope.from_at - INTERVAL 1 DAY AND m.completed_at >= scope.from_at
	WHERE (:agent IS NULL OR m.agent_id = scope.agent_id) AND (:client IS NULL OR m.client_id = scope.client_id) AND (:pool IS NULL OR m.target_pool_id = :pool)
	UNION ALL
	SELECT w.switched_at, 'switch', IF(w.success, 'info', 'error'), IF(w.success, 'switched', 'switch failed'),
		CONCAT(COALESCE(w.old_pool_id, w.old_mode, 'n/a'), ' to ', COALESCE(w.new_pool_id, w.new_mode, 'n/a'), COALESCE(CONCAT(', down ', w.downtime_seconds, ' s'), ''), COALESCE(CONCAT(': ', w.error_message), '')),
		w.agent_id, w.client_id, CONCAT('w', w.id)
	FROM scope JOIN switches w ON w.switched_at >= scope.from_at
	WHERE (:agent IS NULL OR w.agent_id = scope.agent_id) AND (:client IS NULL OR w.client_id = scope.client_id) AND (:pool IS NULL OR :pool IN (w.old_pool_id, w.new_pool_id))
	UNION ALL
	SELECT l.opened_at, 'alert', l.severity, CONCAT(l.kind, ' raised'), l.message, l.agent_id, l.client_id, CONCAT('a1', l.id)
	FROM scope JOIN alerts l ON l.opened_at >= scope.from_at
	WHERE (:agent IS NULL OR l.agent_id = scope.agent_id) AND (:client IS NULL OR l.client_id = scope.client_id) AND (:pool IS NULL OR l.pool_id = :pool)
	UNION ALL
	SELECT l.resolved_at, 'alert', 'info', CONCAT(l.kind, ' cleared'), l.message, l.agent_id, l.client_id, CONCAT('a2', l.id)
	FROM scope JOIN alerts l ON l.resolved_at >= scope.from_at
	WHERE (:agent IS NULL OR l.agent_id = scope.agent_id) AND (:client IS NULL OR l.client_id = scope.client_id) AND (:pool IS NULL OR l.pool_id = :pool)
	UNION ALL
	SELECT d.at, 'operator', 'info', d.action, CONCAT_WS(' ', d.actor, CONCAT('(', d.os_user, ')'), d.target_id, d.result, d.reason), NULL, NULL, CONCAT('d', d.id)
	FROM scope JOIN audit_log d ON d.at >= scope.from_at AND d.id > 1
	WHERE (:agent IS NULL OR d.target_id = scope.agent_id OR JSON_VALUE(d.before_state, '$.agent_id') = scope.agent_id) AND :client IS NULL AND (:pool IS NULL OR d.target_id = :pool)
	UNION ALL
	SELECT h.hour_at, 'price', 'info', 'price jump', CONCAT(h.pool_id, ': ', h.price_min, ' to ', h.price_max, ' within the hour'), NULL, NULL, CONCAT('p', h.pool_id, h.hour_at)
	FROM scope JOIN pool_price_hourly h ON h.hour_at >= scope.from_at AND h.price_max > 1.3 * h.price_min
	WHERE :client IS NULL AND (:pool IS NULL OR h.pool_id = :pool)
	  AND (:agent IS NULL OR h.pool_id = (SELECT current_pool_id FROM agents WHERE id = scope.agent_id))
)
SELECT l.at, l.source, l.severity, l.what, a.logical_agent_id AS agent, l.detail, l.agent_id, c.name AS client, l.line_id
FROM line l
LEFT JOIN agents a ON a.id = l.agent_id
LEFT JOIN clients c ON c.id = l.client_id
