-- What things are called, and a word about each: for completion, and for what was meant by a name that nothing has.
-- :param kinds str
-- :param begins str
-- :param most int
SELECT n.kind, n.name, n.about
FROM (
	(SELECT 'agent' AS kind, a.logical_agent_id AS name, CONCAT_WS(', ', c.name, a.az) AS about FROM agents a JOIN clients c ON c.id = a.client_id
	 WHERE FIND_IN_SET('agent', :kinds) AND a.logical_agent_id LIKE CONCAT(:begins, '%') ORDER BY a.logical_agent_id LIMIT :most)
	UNION ALL
	(SELECT 'agent', CONCAT(c.name, '/', a.logical_agent_id), a.az FROM clients c JOIN agents a ON a.client_id = c.id
	 WHERE FIND_IN_SET('agent', :kinds) AND LOCATE('/', :begins) AND c.name = SUBSTRING_INDEX(:begins, '/', 1)
	 AND a.logical_agent_id LIKE CONCAT(SUBSTRING(:begins, LOCATE('/', :begins) + 1), '%') ORDER BY a.logical_agent_id LIMIT :most)
	UNION ALL
	(SELECT 'client', c.name, 'a client' FROM clients c WHERE FIND_IN_SET('client', :kinds) AND c.name LIKE CONCAT(:begins, '%') ORDER BY c.name LIMIT :most)
	UNION ALL
	(SELECT 'pool', p.id, CONCAT(COALESCE(CONCAT('$', TRIM(p.last_price) + 0), 'no price'), IF({{is_cordoned(p)}}, ', cordoned', '')) FROM spot_pools p
	 WHERE FIND_IN_SET('pool', :kinds) AND p.id LIKE CONCAT(:begins, '%') ORDER BY p.id LIMIT :most)
	UNION ALL
	(SELECT 'zone', z.az, 'a zone' FROM (SELECT az FROM spot_pools UNION SELECT az FROM agents) z
	 WHERE FIND_IN_SET('zone', :kinds) AND z.az LIKE CONCAT(:begins, '%') ORDER BY z.az LIMIT :most)
	UNION ALL
	(SELECT 'region', r.region, 'a region' FROM (SELECT DISTINCT region FROM spot_pools) r
	 WHERE FIND_IN_SET('region', :kinds) AND r.region LIKE CONCAT(:begins, '%') ORDER BY r.region LIMIT :most)
	UNION ALL
	(SELECT 'alert', CAST(l.id AS CHAR), l.message FROM alerts l
	 WHERE FIND_IN_SET('alert', :kinds) AND l.resolved_at IS NULL AND l.id LIKE CONCAT(:begins, '%') ORDER BY l.id DESC LIMIT :most)
	UNION ALL
	(SELECT 'plan', CAST(p.id AS CHAR), CONCAT(p.scope, ', ', p.state) FROM spotop_plans p
	 WHERE FIND_IN_SET('plan', :kinds) AND CAST(p.id AS CHAR) LIKE CONCAT(:begins, '%') ORDER BY p.created_at DESC LIMIT :most)
	UNION ALL
	(SELECT 'command', CAST(m.id AS CHAR), CONCAT_WS(' ', m.command_type, a.logical_agent_id, m.target_pool_id) FROM commands m JOIN agents a ON a.id = m.agent_id
	 WHERE FIND_IN_SET('command', :kinds) AND m.status = 'pending' AND CAST(m.id AS CHAR) LIKE CONCAT(:begins, '%') ORDER BY m.created_at DESC LIMIT :most)
	UNION ALL
	(SELECT 'instance', i.id, CONCAT_WS(', ', a.logical_agent_id, i.instance_status) FROM instances i LEFT JOIN agents a ON a.id = i.agent_id
	 WHERE FIND_IN_SET('instance', :kinds) AND i.is_active AND i.id LIKE CONCAT(:begins, '%') ORDER BY i.id LIMIT :most)
	UNION ALL
	(SELECT 'freeze', CAST(f.id AS CHAR), CONCAT_WS(' ', f.scope_type, f.reason) FROM automation_freezes f
	 WHERE FIND_IN_SET('freeze', :kinds) AND f.thawed_at IS NULL AND f.expires_at > NOW() AND CAST(f.id AS CHAR) LIKE CONCAT(:begins, '%') LIMIT :most)
	UNION ALL
	(SELECT 'reason', r.reason, 'given before' FROM (SELECT u.reason, MAX(u.id) AS newest FROM v_audit u WHERE FIND_IN_SET('reason', :kinds) AND u.id + 1000 > (SELECT MAX(x.id) FROM v_audit x) AND u.reason IS NOT NULL GROUP BY u.reason) r
	 WHERE r.reason LIKE CONCAT(:begins, '%') ORDER BY r.newest DESC LIMIT :most)
) n
