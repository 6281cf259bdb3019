-- What clients were told. -- :now
-- What clients had been told by :at. -- :at
-- :past
-- :param client str
-- :param dated str
SELECT n.id AS notification_id, n.created_at, n.notification_type, c.name AS client, n.message,
       n.is_read, n.read_at, {{dated(n.created_at)}} AS dated -- :now
       COALESCE(n.read_at <= :at, IF(n.is_read, NULL, 0)) AS is_read, IF(n.read_at <= :at, n.read_at, NULL) AS read_at, 'past' AS dated -- :at
FROM notifications n
LEFT JOIN clients c ON c.id = n.client_id
WHERE (:client IS NULL OR c.name = :client)
  AND n.created_at <= :at -- :at
  AND {{is_dated(n.created_at, :dated)}} -- :now
