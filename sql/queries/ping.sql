-- The server's time and name: the smallest question that proves a link.
SELECT NOW(3) AS server_time, VERSION() AS version
