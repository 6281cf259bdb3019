-- The databases of this server that hold a fleet in an older schema (or the one named).
-- :param from str
SELECT t.TABLE_SCHEMA AS name, COUNT(*) AS n_tables, SUM(t.TABLE_ROWS) AS n_rows, SUM(t.DATA_LENGTH + t.INDEX_LENGTH) AS bytes,
	SUM(t.TABLE_NAME IN ('clients', 'agents')) = 2 AS is_fleet,
	(SELECT COUNT(*) FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = 'clients' AND c.COLUMN_NAME = 'id' AND c.DATA_TYPE = 'uuid') AS is_ours
FROM information_schema.TABLES t
WHERE t.TABLE_TYPE = 'BASE TABLE' AND (t.TABLE_SCHEMA = :from OR (:from IS NULL AND t.TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')))
GROUP BY t.TABLE_SCHEMA
HAVING :from IS NOT NULL OR (is_fleet AND NOT is_ours)
ORDER BY t.TABLE_SCHEMA
