-- Does a session of ours still live on the server, and how long has the server been up.
-- :param thread int
SELECT (SELECT COUNT(*) FROM information_schema.PROCESSLIST p WHERE p.ID = :thread AND p.ID <> CONNECTION_ID()) AS is_alive,
	(SELECT g.VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS g WHERE g.VARIABLE_NAME = 'UPTIME') AS uptime_s
