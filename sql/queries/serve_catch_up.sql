-- A client's events that a cursor has not seen and the tail has: those in its gaps, then those above its mark.
-- :param client str
-- :param after int
-- :param upto int
-- :param gaps str
-- :param skip str
-- :param batch int
SELECT n.id, n.event_type, n.event_data
FROM (
	SELECT e.id, e.event_type, e.event_data
	FROM JSON_TABLE(:gaps, '$[*]' COLUMNS (lo BIGINT UNSIGNED PATH '$[0]', hi BIGINT UNSIGNED PATH '$[1]')) g
	STRAIGHT_JOIN sse_events e ON e.id BETWEEN g.lo AND g.hi AND e.client_id = :client
	UNION ALL
	SELECT e.id, e.event_type, e.event_data FROM sse_events e WHERE e.client_id = :client AND e.id > :after AND e.id <= :upto
) n
WHERE NOT EXISTS (SELECT 1 FROM JSON_TABLE(:skip, '$[*]' COLUMNS (lo BIGINT UNSIGNED PATH '$[0]', hi BIGINT UNSIGNED PATH '$[1]')) k WHERE n.id BETWEEN k.lo AND k.hi)
ORDER BY n.id
LIMIT :batch
