-- Who writes to the source: tables written to since then (a second is the unit), and the sessions that have it as their own.
-- :param since str
SELECT (SELECT GROUP_CONCAT(CONCAT(t.TABLE_NAME, ' ', DATE_FORMAT(t.UPDATE_TIME, '%H:%i:%s')) ORDER BY t.UPDATE_TIME DESC SEPARATOR ', ') FROM information_schema.TABLES t
		WHERE t.TABLE_SCHEMA = u.source_db AND t.UPDATE_TIME > :since) AS tables_written,
	(SELECT GROUP_CONCAT(CONCAT(x.who, IF(x.n > 1, CONCAT(' (', x.n, ' sessions)'), '')) ORDER BY x.n DESC SEPARATOR ', ') FROM (
		SELECT CONCAT(p.USER, '@', SUBSTRING_INDEX(p.HOST, ':', 1)) AS who, COUNT(*) AS n FROM information_schema.PROCESSLIST p WHERE p.DB = (SELECT source_db FROM migration_run) AND p.ID <> CONNECTION_ID() GROUP BY 1) x) AS who
FROM migration_run u
