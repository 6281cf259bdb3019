-- What clients had been told by :at.
-- :param client str
-- :param at str
SELECT n.id AS notification_id, n.created_at, n.notification_type, c.name AS client, n.message,
       COALESCE(n.read_at <= :at, IF(n.is_read, NULL, 0)) AS is_read, IF(n.read_at <= :at, n.read_at, NULL) AS read_at
FROM notifications n
LEFT JOIN clients c ON c.id = n.client_id
WHERE n.created_at <= :at AND (:client IS NULL OR c.name = :client)
