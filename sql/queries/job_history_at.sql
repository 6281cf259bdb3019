-- The last 200 runs that had begun by :at, as they stood then.
-- :param job str
-- :param at str
SELECT j.id AS run_id, JSON_VALUE(j.details, '$.job') AS job, j.job_type,
	CASE WHEN j.completed_at <= :at THEN j.status WHEN j.completed_at IS NULL AND j.status NOT IN ('running', 'pending') THEN NULL ELSE 'running' END AS status,
	j.started_at, IF(j.completed_at <= :at, j.completed_at, NULL) AS completed_at, IF(j.completed_at <= :at, j.duration_seconds, NULL) AS duration_seconds,
	IF(j.completed_at <= :at, j.records_processed, NULL) AS rows_changed, IF(j.completed_at <= :at, CAST(JSON_VALUE(j.details, '$.done') AS INT), NULL) AS steps_done,
	CAST(JSON_VALUE(j.details, '$.total') AS INT) AS steps_total, j.window_start, j.window_end,
	IF(j.completed_at <= :at, j.errors_encountered, NULL) AS errors, IF(j.completed_at <= :at, j.error_message, NULL) AS error_message, j.holder, 'past' AS dated
FROM consolidation_jobs j
WHERE j.chunk = '' AND j.started_at <= :at AND (:job IS NULL OR JSON_VALUE(j.details, '$.job') = :job)
ORDER BY j.started_at DESC LIMIT 200
