-- What no index tells: whose id begins with this (agents, commands), which instance's ends with it. Reads every one of them.
-- :param text str
SELECT kind, id, label, agent_id
FROM (
	(SELECT 'agent' AS kind, CAST(a.id AS CHAR) AS id, a.logical_agent_id AS label, a.id AS agent_id, 1 AS far
	 FROM agents a WHERE :text RLIKE '^[0-9a-fA-F-]{4,}$' AND LEFT(CAST(a.id AS CHAR), CHAR_LENGTH(:text)) = :text LIMIT 5)
	UNION ALL
	(SELECT 'command', CAST(m.id AS CHAR), CAST(m.id AS CHAR), m.agent_id, 2
	 FROM commands m WHERE :text RLIKE '^[0-9a-fA-F-]{4,}$' AND LEFT(CAST(m.id AS CHAR), CHAR_LENGTH(:text)) = :text LIMIT 5)
	UNION ALL
	(SELECT 'instance', i.id, i.id, i.agent_id, 3
	 FROM instances i WHERE CHAR_LENGTH(:text) >= 4 AND i.id LIKE CONCAT('%', REPLACE(REPLACE(REPLACE(CONVERT(:text USING ascii), '!', '!!'), '%', '!%'), '_', '!_')) ESCAPE '!' LIMIT 5)
) x
ORDER BY far, kind, label
LIMIT 10
