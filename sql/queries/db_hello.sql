-- The server's clock and version, the session's number, database and identity, read once a session.
SELECT UNIX_TIMESTAMP(NOW(3)) AS server_time, VERSION() AS version, CONNECTION_ID() AS thread_id, DATABASE() AS in_use,
  CONCAT_WS(' ', @@hostname, @@port, @@socket, @@datadir, @@server_id,
    (SELECT p.HOST FROM information_schema.PROCESSLIST AS p WHERE p.ID = CONNECTION_ID())) AS session
