-- The ledger's parts after a week, runs after 90 days. Parts that were left out stay until somebody settles them, and what was accepted as long as it may fail again. Runs of imports stay: they say by how much a series was shifted, so that importing it again adds nothing.
DELETE FROM consolidation_jobs
WHERE job_type <> 'import' AND status IN ('completed', 'failed') AND started_at < NOW() - INTERVAL IF(chunk = '' OR {{is_accepted(consolidation_jobs)}}, 90, 7) DAY AND NOT {{is_left_out(consolidation_jobs)}} LIMIT 5000
