-- Who a thread is at the server that answers: the server, and where the thread's client comes from (see db_hello).
-- :param thread int
SELECT CONCAT_WS(' ', @@hostname, @@port, @@socket, @@datadir, @@server_id,
  (SELECT p.HOST FROM information_schema.PROCESSLIST AS p WHERE p.ID = :thread)) AS session
