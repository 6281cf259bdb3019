-- The scheduled jobs: state, when they ran and will run, how long it took, and how far the run under way is.
SELECT s.name AS job, s.about,
	CASE WHEN NOT s.is_enabled THEN 'off' WHEN r.id IS NOT NULL AND s.lease_until > NOW(3) THEN 'running' WHEN s.consecutive_failures > 0 THEN 'failed'
		WHEN s.last_status = 'never' THEN 'never' WHEN COALESCE(s.last_ok_at, s.next_run_at) < NOW() - INTERVAL s.every_seconds + LEAST(3600, GREATEST(120, s.every_seconds)) SECOND THEN 'late'
		ELSE 'ok' END AS state,
	s.every_seconds, s.last_run_at, s.last_ok_at, s.next_run_at, s.last_duration_ms, s.consecutive_failures AS failures, s.last_error,
	CAST(JSON_VALUE(r.details, '$.done') AS INT) AS steps_done, CAST(JSON_VALUE(r.details, '$.total') AS INT) AS steps_total, r.records_processed AS run_rows,
	CASE WHEN r.started_at < NOW() THEN ROUND(r.records_processed / TIMESTAMPDIFF(SECOND, r.started_at, NOW())) END AS rows_per_second,
	IF(s.lease_until > NOW(3), s.holder, NULL) AS holder, s.lease_until, s.fence, r.id AS run_id
FROM job_schedules s
LEFT JOIN consolidation_jobs r ON r.id = (SELECT j.id FROM consolidation_jobs j WHERE j.status = 'running' AND j.chunk = '' AND JSON_VALUE(j.details, '$.job') = s.name ORDER BY j.started_at DESC LIMIT 1)
WHERE s.kind = 'job'
