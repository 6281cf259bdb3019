-- What a bulk action touches: its share of the agents of each zone, pool and client that are enabled or touched by it, and how many of those it
-- touches lack a ready replica. A zone is one client's, and is named so where another client has agents in one of that name.
-- :param agents json
WITH t AS (
	SELECT DISTINCT a.id, a.az, a.current_pool_id, a.client_id, a.enabled,
		COALESCE(n.replica_count, 0) > 0 AS has_replica
	FROM (SELECT w.name,
			CASE WHEN w.name REGEXP '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' THEN CAST(w.name AS UUID) END AS agent_id,
			CASE WHEN LOCATE('/', w.name) THEN LEFT(w.name, LOCATE('/', w.name) - 1) END AS client_name,
			SUBSTR(w.name, LOCATE('/', w.name) + 1) AS agent_name
		FROM JSON_TABLE(:agents, '$[*]' COLUMNS (name VARCHAR(300) PATH '$')) w) w
	JOIN clients c ON w.client_name IS NULL OR c.name = w.client_name
	JOIN agents a ON a.client_id = c.id AND (a.id = w.agent_id OR (w.agent_id IS NULL AND a.logical_agent_id = w.agent_name))
	LEFT JOIN v_agent_health_summary n ON n.agent_id = a.id
)
SELECT g.kind, g.name, g.touched, g.total, ROUND(100 * g.touched / NULLIF(g.total, 0), 1) AS share_percent, g.without_replica
FROM (
	SELECT 1 AS rank, 'zone' AS kind, IF({{is_zone_id(t.az)}} OR NOT EXISTS (SELECT 1 FROM agents o WHERE o.az = t.az AND o.client_id <> t.client_id), t.az, CONCAT(t.az, ' of ', c.name)) AS name, COUNT(*) AS touched, SUM(NOT t.has_replica) AS without_replica,
		(SELECT COUNT(*) FROM agents x WHERE {{in_zone(x, t.az, t.client_id)}} AND x.enabled) + SUM(NOT t.enabled) AS total
	FROM t JOIN clients c ON c.id = t.client_id WHERE t.az IS NOT NULL GROUP BY t.az, IF({{is_zone_id(t.az)}}, NULL, t.client_id)
	UNION ALL
	SELECT 2, 'pool', t.current_pool_id, COUNT(*), SUM(NOT t.has_replica),
		(SELECT COUNT(*) FROM agents x WHERE x.current_pool_id = t.current_pool_id AND x.enabled) + SUM(NOT t.enabled)
	FROM t WHERE t.current_pool_id IS NOT NULL GROUP BY t.current_pool_id
	UNION ALL
	SELECT 3, 'client', c.name, COUNT(*), SUM(NOT t.has_replica),
		(SELECT COUNT(*) FROM agents x WHERE x.client_id = c.id AND x.enabled) + SUM(NOT t.enabled)
	FROM t JOIN clients c ON c.id = t.client_id GROUP BY c.id, c.name
) g
ORDER BY g.rank, g.touched DESC, g.name
