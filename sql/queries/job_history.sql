-- The runs of the jobs; a job's parts are left out.
-- :param job str
SELECT j.id AS run_id, JSON_VALUE(j.details, '$.job') AS job, j.job_type, j.status, j.started_at, j.completed_at, j.duration_seconds,
	j.records_processed AS rows_changed, CAST(JSON_VALUE(j.details, '$.done') AS INT) AS steps_done, CAST(JSON_VALUE(j.details, '$.total') AS INT) AS steps_total,
	j.window_start, j.window_end, j.errors_encountered AS errors, j.error_message, j.holder
FROM consolidation_jobs j
WHERE j.chunk = '' AND (:job IS NULL OR JSON_VALUE(j.details, '$.job') = :job)
