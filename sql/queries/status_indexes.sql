-- Index use (the report's third monitoring question).
SELECT 'index' AS section, CONCAT(OBJECT_NAME, '.', COALESCE(INDEX_NAME, '(no index)')) AS name, COUNT_STAR AS row_count, NULL AS bytes,
	CONCAT('read ', COUNT_READ) AS value, CONCAT('insert ', COUNT_INSERT, ', update ', COUNT_UPDATE, ', delete ', COUNT_DELETE) AS detail
FROM performance_schema.table_io_waits_summary_by_index_usage
WHERE OBJECT_SCHEMA = DATABASE() AND COUNT_STAR > 0 ORDER BY COUNT_STAR DESC LIMIT 40
