-- What the statements on this database took, by their shape.
SELECT DIGEST AS digest, DIGEST_TEXT AS statement, COUNT_STAR AS executions, ROUND(AVG_TIMER_WAIT / 1000000000, 3) AS avg_ms, ROUND(MAX_TIMER_WAIT / 1000000000, 3) AS max_ms,
	ROUND(SUM_TIMER_WAIT / 1000000000000, 3) AS total_seconds, SUM_ROWS_EXAMINED AS rows_examined, SUM_ROWS_SENT AS rows_sent, SUM_NO_INDEX_USED AS without_index,
	SUM_ERRORS AS errors, FIRST_SEEN AS first_seen, LAST_SEEN AS last_seen
FROM performance_schema.events_statements_summary_by_digest
WHERE SCHEMA_NAME = DATABASE() AND DIGEST IS NOT NULL
