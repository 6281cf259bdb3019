-- Asks a run to end: it sees so at its next step.
-- :param job str
-- :param by str
UPDATE consolidation_jobs SET status = 'failed', completed_at = NOW(), error_message = CONCAT('cancelled by ', :by)
WHERE status = 'running' AND chunk = '' AND JSON_VALUE(details, '$.job') = :job
