-- By how much the same rows were shifted before, if they were, and the server's time.
-- :param fingerprint str
SELECT UNIX_TIMESTAMP() AS now_s,
	(SELECT JSON_VALUE(details, '$.shift_seconds') FROM consolidation_jobs
	 WHERE job_type = 'import' AND chunk = :fingerprint AND JSON_VALUE(details, '$.shift_seconds') <> 0
	 ORDER BY started_at LIMIT 1) AS shift_s
