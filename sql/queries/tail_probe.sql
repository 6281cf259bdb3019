-- Gaps that hold a row, committed or not: asked in a transaction that reads what is not yet committed.
-- :param gaps str
SELECT g.lo
FROM JSON_TABLE(:gaps, '$[*]' COLUMNS (lo BIGINT UNSIGNED PATH '$[0]', hi BIGINT UNSIGNED PATH '$[1]')) g
STRAIGHT_JOIN sse_events e ON e.id BETWEEN g.lo AND g.hi
GROUP BY g.lo
ORDER BY g.lo
