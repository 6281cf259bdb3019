-- The ledger's parts after a week, runs after 90 days.
DELETE FROM consolidation_jobs
WHERE status IN ('completed', 'failed') AND started_at < NOW() - INTERVAL IF(chunk = '', 90, 7) DAY LIMIT 5000
