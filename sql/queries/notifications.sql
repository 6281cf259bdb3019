-- What clients were told.
-- :param client str
SELECT n.id AS notification_id, n.created_at, n.notification_type, c.name AS client, n.message, n.is_read, n.read_at
FROM notifications n
LEFT JOIN clients c ON c.id = n.client_id
WHERE (:client IS NULL OR c.name = :client)
