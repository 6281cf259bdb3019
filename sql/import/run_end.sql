-- Writes down how an import ended.
-- :param id str
-- :param rows int
-- :param faults int
UPDATE consolidation_jobs SET status = 'completed', records_processed = :rows, errors_encountered = :faults,
	completed_at = CURRENT_TIMESTAMP, duration_seconds = LEAST(65535, TIMESTAMPDIFF(SECOND, started_at, CURRENT_TIMESTAMP))
WHERE id = :id
