-- The ledger's parts after a week, runs after 90 days. Runs of imports stay: they say by how much a series was shifted, so that importing it again adds nothing.
DELETE FROM consolidation_jobs
WHERE job_type <> 'import' AND status IN ('completed', 'failed') AND started_at < NOW() - INTERVAL IF(chunk = '', 90, 7) DAY LIMIT 5000
