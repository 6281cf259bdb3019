-- Gaps of the log that hold a row, committed or not: asked in a transaction that reads what is not yet committed.
-- :param gaps str
SELECT g.lo
FROM JSON_TABLE(:gaps, '$[*]' COLUMNS (lo BIGINT UNSIGNED PATH '$[0]', hi BIGINT UNSIGNED PATH '$[1]')) g
WHERE EXISTS (SELECT 1 FROM system_events e WHERE e.id BETWEEN g.lo AND g.hi)
ORDER BY g.lo
