-- Events above the mark, in order of id.
-- :param after int
-- :param batch int
SELECT id, client_id, event_type, event_data, created_at FROM sse_events WHERE id > :after ORDER BY id LIMIT :batch
