-- The last 200 runs, newest first.
-- :param job str
-- :param dated str
SELECT j.id AS run_id, JSON_VALUE(j.details, '$.job') AS job, j.job_type, j.status, j.started_at, j.completed_at, j.duration_seconds,
	j.records_processed AS rows_changed, CAST(JSON_VALUE(j.details, '$.done') AS INT) AS steps_done, CAST(JSON_VALUE(j.details, '$.total') AS INT) AS steps_total,
	j.window_start, j.window_end, j.errors_encountered AS errors, j.error_message, j.holder, {{dated(j.started_at)}} AS dated
FROM consolidation_jobs j
WHERE j.chunk = '' AND (:job IS NULL OR JSON_VALUE(j.details, '$.job') = :job) AND {{is_dated(j.started_at, :dated)}}
ORDER BY {{latest(j.started_at)}} LIMIT 200
