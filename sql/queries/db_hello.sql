-- The server's clock and version, the session's number, database and identity, and what the server is among others:
-- read-only, following another one, ready (of a Galera cluster; NULL: of none). Read once a session.
SELECT UNIX_TIMESTAMP(NOW(3)) AS server_time, VERSION() AS version, CONNECTION_ID() AS thread_id, DATABASE() AS in_use,
  CONCAT_WS(' ', @@hostname, @@port, @@socket, @@datadir, @@server_id,
    (SELECT p.HOST FROM information_schema.PROCESSLIST AS p WHERE p.ID = CONNECTION_ID())) AS session,
  @@read_only AS is_read_only, @@GLOBAL.gtid_slave_pos <> '' AS is_following,
  (SELECT s.VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS AS s, information_schema.GLOBAL_VARIABLES AS v
    WHERE s.VARIABLE_NAME = 'WSREP_READY' AND v.VARIABLE_NAME = 'WSREP_PROVIDER' AND v.VARIABLE_VALUE NOT IN ('', 'none')) AS wsrep_ready
