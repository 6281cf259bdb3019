-- A client's id by its id or name.
-- :param client str
SELECT id AS client_id FROM clients WHERE id = :client OR name = :client
