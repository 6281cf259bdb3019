-- What clients were told. -- :now
-- What clients had been told by :at. -- :at
-- :past
-- :param client str
SELECT n.id AS notification_id, n.created_at, n.notification_type, c.name AS client, n.message,
       n.is_read, n.read_at -- :now
       COALESCE(n.read_at <= :at, IF(n.is_read, NULL, 0)) AS is_read, IF(n.read_at <= :at, n.read_at, NULL) AS read_at -- :at
FROM notifications n
LEFT JOIN clients c ON c.id = n.client_id
WHERE (:client IS NULL OR c.name = :client)
  AND n.created_at <= :at -- :at
