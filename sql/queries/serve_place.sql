-- Is the row that a cursor names still kept, what is it now, and which is the oldest that is kept of the client?
-- :param client str
-- :param id int
SELECT e.id, e.client_id, e.event_type, e.event_data, e.created_at, e.id IS NOT NULL AS is_there, o.oldest
FROM (SELECT MIN(id) AS oldest FROM sse_events WHERE client_id = :client) o LEFT JOIN sse_events e ON e.id = :id
