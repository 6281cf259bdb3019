-- The end of a run.
-- :param run str
-- :param status str
-- :param error str
UPDATE consolidation_jobs SET status = :status, completed_at = NOW(), error_message = :error,
	errors_encountered = IF(:status = 'failed', errors_encountered + 1, errors_encountered),
	duration_seconds = LEAST(65535, GREATEST(0, TIMESTAMPDIFF(SECOND, started_at, NOW())))
WHERE id = :run AND status = 'running'
