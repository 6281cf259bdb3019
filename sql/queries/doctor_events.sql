-- The maintenance events of the schema, and what the server knows of each; state is NULL where there is none.
SELECT e.name, i.STATUS AS state, i.LAST_EXECUTED AS last_executed
FROM (SELECT 'cleanup_sse_events' AS name UNION ALL SELECT 'cleanup_old_events' UNION ALL SELECT 'archive_old_snapshots'
	UNION ALL SELECT 'make_partitions_ahead') e
LEFT JOIN information_schema.EVENTS i ON i.EVENT_SCHEMA = DATABASE() AND i.EVENT_NAME = e.name
ORDER BY e.name
