-- The scheduled jobs and their leader: state, when they ran and will run, how long it took, how far the run under way is.
SELECT s.name, s.kind, s.about,
	-- :include job_state
	AS state,
	s.every_seconds, s.next_run_at, s.last_run_at, s.last_ok_at, s.last_duration_ms, s.last_error, s.consecutive_failures,
	IF(s.kind = 'lease' OR {{is_leased(s)}}, s.holder, NULL) AS holder, s.lease_until, s.fence, s.is_enabled,
	CAST(JSON_VALUE(r.details, '$.done') AS INT) AS steps_done, CAST(JSON_VALUE(r.details, '$.total') AS INT) AS steps_total,
	CASE WHEN JSON_VALUE(r.details, '$.total') > 0 THEN LEAST(1, JSON_VALUE(r.details, '$.done') / JSON_VALUE(r.details, '$.total')) END AS progress,
	r.records_processed AS run_rows, ROUND(r.records_processed / GREATEST(1, TIMESTAMPDIFF(SECOND, r.started_at, NOW()))) AS rows_per_second,
	JSON_VALUE(s.state, '$.since') AS led_since
FROM job_schedules s
LEFT JOIN consolidation_jobs r ON {{is_leased(s)}} AND r.id = (SELECT j.id FROM consolidation_jobs j
	WHERE j.status = 'running' AND j.chunk = '' AND JSON_VALUE(j.details, '$.job') = s.name ORDER BY {{latest(j.started_at)}} LIMIT 1)
