-- The server's time.
SELECT NOW() AS now
