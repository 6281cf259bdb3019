-- Notes when the first subscriber had an event on the wire.
-- :param ids str
UPDATE sse_events e
JOIN JSON_TABLE(:ids, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) m ON m.id = e.id
SET e.delivered = TRUE, e.delivered_at = NOW()
WHERE NOT e.delivered
