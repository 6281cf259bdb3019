-- Events that have come into the gaps since; gaps are [[lo,hi],...].
-- :param gaps str
-- :param batch int
SELECT e.id, e.client_id, e.event_type, e.event_data, e.created_at
FROM JSON_TABLE(:gaps, '$[*]' COLUMNS (lo BIGINT UNSIGNED PATH '$[0]', hi BIGINT UNSIGNED PATH '$[1]')) g
STRAIGHT_JOIN sse_events e ON e.id BETWEEN g.lo AND g.hi
ORDER BY e.id
LIMIT :batch
