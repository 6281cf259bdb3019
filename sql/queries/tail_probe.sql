-- Evidence about gaps: error 1205 at once while a transaction holds a row in one of them, else nothing is in flight there.
-- :param gaps str
SELECT COUNT(*) AS n
FROM JSON_TABLE(:gaps, '$[*]' COLUMNS (lo BIGINT UNSIGNED PATH '$[0]', hi BIGINT UNSIGNED PATH '$[1]')) g
STRAIGHT_JOIN sse_events e ON e.id BETWEEN g.lo AND g.hi
LOCK IN SHARE MODE NOWAIT
