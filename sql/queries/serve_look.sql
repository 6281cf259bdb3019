-- Which ids of a cursor's gaps are in the table, whoever they are of.
-- :param gaps str
-- :param client str
-- :param batch int
SELECT e.id, e.client_id = :client AS is_own
FROM JSON_TABLE(:gaps, '$[*]' COLUMNS (lo BIGINT UNSIGNED PATH '$[0]', hi BIGINT UNSIGNED PATH '$[1]')) g
STRAIGHT_JOIN sse_events e ON e.id BETWEEN g.lo AND g.hi
ORDER BY e.id
LIMIT :batch
