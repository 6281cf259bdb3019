-- The server's clock, version and identity, read once a session.
SELECT UNIX_TIMESTAMP(NOW(3)) AS server_time, VERSION() AS version, CONNECTION_ID() AS thread_id
