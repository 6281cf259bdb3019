-- What an id, or the beginning or end of one, names: agents, instances, commands; the exact ones first.
-- :param text str
SELECT kind, id, label, agent_id
FROM (
	(SELECT 'agent' AS kind, CAST(a.id AS CHAR) AS id, a.logical_agent_id AS label, a.id AS agent_id, IF(a.logical_agent_id = :text, 0, 1) AS far
	 FROM agents a
	 WHERE LEFT(a.logical_agent_id, CHAR_LENGTH(:text)) = :text OR LEFT(CAST(a.id AS CHAR), CHAR_LENGTH(:text)) = :text
	 ORDER BY far, a.logical_agent_id LIMIT 5)
	UNION ALL
	(SELECT 'instance', i.id, i.id, i.agent_id, IF(i.id = :text, 0, 2)
	 FROM instances i
	 WHERE LEFT(i.id, CHAR_LENGTH(:text)) = :text OR (CHAR_LENGTH(:text) >= 4 AND RIGHT(i.id, CHAR_LENGTH(:text)) = :text)
	 ORDER BY 5, i.id LIMIT 5)
	UNION ALL
	(SELECT 'command', CAST(m.id AS CHAR), CAST(m.id AS CHAR), m.agent_id, IF(CAST(m.id AS CHAR) = :text, 0, 3)
	 FROM commands m
	 WHERE CHAR_LENGTH(:text) >= 4 AND :text REGEXP '^[0-9a-f-]+$' AND LEFT(CAST(m.id AS CHAR), CHAR_LENGTH(:text)) = :text
	 ORDER BY 5, m.id LIMIT 5)
) x
ORDER BY far, kind, label
LIMIT 10
