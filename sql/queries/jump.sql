-- What an id or a name, or the beginning of one, means as far as an index tells: agents, instances, commands, pools,
-- clients; the exact ones first.
-- :param text str
SELECT kind, id, label, agent_id
FROM (
	(SELECT 'agent' AS kind, CAST(a.id AS CHAR) AS id, a.logical_agent_id AS label, a.id AS agent_id, IF(a.logical_agent_id = :text, 0, 1) AS far
	 FROM agents a
	 WHERE a.logical_agent_id LIKE CONCAT(REPLACE(REPLACE(REPLACE(:text, '!', '!!'), '%', '!%'), '_', '!_'), '%') ESCAPE '!'
	 ORDER BY a.logical_agent_id LIMIT 5)
	UNION ALL
	(SELECT 'agent', CAST(a.id AS CHAR), a.logical_agent_id, a.id, 0 FROM agents a WHERE a.id = IF(:text RLIKE '^[0-9a-fA-F-]{36}$', :text, NULL))
	UNION ALL
	(SELECT 'instance', i.id, i.id, i.agent_id, IF(i.id = CONVERT(:text USING ascii), 0, 2)
	 FROM instances i
	 WHERE i.id LIKE CONCAT(REPLACE(REPLACE(REPLACE(CONVERT(:text USING ascii), '!', '!!'), '%', '!%'), '_', '!_'), '%') ESCAPE '!'
	 ORDER BY i.id LIMIT 5)
	UNION ALL
	(SELECT 'command', CAST(m.id AS CHAR), CAST(m.id AS CHAR), m.agent_id, 0 FROM commands m WHERE m.id = IF(:text RLIKE '^[0-9a-fA-F-]{36}$', :text, NULL))
	UNION ALL
	(SELECT 'pool', p.id, p.id, NULL, IF(p.id = CONVERT(:text USING ascii), 0, 3) FROM spot_pools p
	 WHERE p.id LIKE CONCAT(REPLACE(REPLACE(REPLACE(CONVERT(:text USING ascii), '!', '!!'), '%', '!%'), '_', '!_'), '%') ESCAPE '!' ORDER BY p.id LIMIT 5)
	UNION ALL
	(SELECT 'client', CAST(c.id AS CHAR), c.name, NULL, 0 FROM clients c WHERE c.name = :text OR c.id = IF(:text RLIKE '^[0-9a-fA-F-]{36}$', :text, NULL))
) x
ORDER BY far, kind, label
LIMIT 10
