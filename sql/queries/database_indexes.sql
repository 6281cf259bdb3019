-- How much each index was used since the server started; those never used too. reason: why nothing is known of an index, '' where it is.
SELECT CONCAT(i.TABLE_NAME, '.', i.INDEX_NAME) AS index_name, i.TABLE_NAME AS table_name, GROUP_CONCAT(i.COLUMN_NAME ORDER BY i.SEQ_IN_INDEX SEPARATOR ', ') AS columns,
	MAX(w.COUNT_STAR) AS uses, MAX(w.COUNT_READ) AS read_count, MAX(w.COUNT_INSERT) AS insert_count, MAX(w.COUNT_UPDATE) AS update_count, MAX(w.COUNT_DELETE) AS delete_count,
	ROUND(MAX(w.SUM_TIMER_WAIT) / 1000000000000, 3) AS total_seconds,
	CASE WHEN MAX(w.COUNT_STAR) IS NOT NULL THEN '' WHEN NOT @@performance_schema THEN 'performance_schema is off' WHEN MAX(n.n) IS NULL THEN 'the instrument wait/io/table/sql/handler is off'
		ELSE 'table not opened since the start' END AS reason
FROM information_schema.STATISTICS i
LEFT JOIN performance_schema.table_io_waits_summary_by_index_usage w ON w.OBJECT_SCHEMA = i.TABLE_SCHEMA AND w.OBJECT_NAME = i.TABLE_NAME AND w.INDEX_NAME = i.INDEX_NAME
LEFT JOIN (SELECT 1 AS n FROM performance_schema.table_io_waits_summary_by_index_usage u WHERE u.OBJECT_SCHEMA = DATABASE() LIMIT 1) n ON TRUE
WHERE i.TABLE_SCHEMA = DATABASE()
GROUP BY i.TABLE_NAME, i.INDEX_NAME
