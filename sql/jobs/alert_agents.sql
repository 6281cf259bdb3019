-- Locks the agents that alerts and events are about to be written of, in the order of their keys, as whoever locks several does:
-- the rows themselves take them one by one, the gravest first.
-- :param ids json
SELECT COUNT(*) AS n
FROM (SELECT DISTINCT CAST(j.id AS UUID) AS id FROM JSON_TABLE(:ids, '$[*]' COLUMNS (id CHAR(36) CHARACTER SET ascii PATH '$')) AS j ORDER BY 1 LIMIT 1000000) AS k
STRAIGHT_JOIN agents AS a ON a.id = k.id
LOCK IN SHARE MODE
