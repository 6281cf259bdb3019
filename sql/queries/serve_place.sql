-- Is the row that a cursor names still kept, and which is the oldest that is kept of the client?
-- :param client str
-- :param id int
SELECT EXISTS (SELECT 1 FROM sse_events WHERE id = :id) AS is_there, (SELECT MIN(id) FROM sse_events WHERE client_id = :client) AS oldest
