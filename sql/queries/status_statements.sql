-- Statement times on the instances (the report's first monitoring question).
SELECT 'statement' AS section, LEFT(DIGEST_TEXT, 80) AS name, COUNT_STAR AS row_count, NULL AS bytes,
	CONCAT(ROUND(AVG_TIMER_WAIT / 1000000000, 3), ' ms avg') AS value, CONCAT(ROUND(MAX_TIMER_WAIT / 1000000000, 3), ' ms max') AS detail
FROM performance_schema.events_statements_summary_by_digest
WHERE SCHEMA_NAME = DATABASE() AND DIGEST_TEXT LIKE '%instances%'
ORDER BY AVG_TIMER_WAIT DESC LIMIT 10
