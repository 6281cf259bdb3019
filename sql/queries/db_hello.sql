-- The server's clock, version and identity, and the session's, read once a session.
SELECT UNIX_TIMESTAMP(NOW(3)) AS server_time, VERSION() AS version, CONNECTION_ID() AS thread_id,
  CONCAT_WS(' ', @@hostname, @@port, @@socket, @@datadir, @@server_id,
    (SELECT p.HOST FROM information_schema.PROCESSLIST AS p WHERE p.ID = CONNECTION_ID())) AS session
