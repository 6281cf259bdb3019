-- The jobs as they stood at :at, told from the runs that are kept.
-- :param at str
SELECT s.name, s.kind, s.about,
	CASE WHEN r.id IS NULL THEN NULL WHEN r.completed_at IS NULL OR r.completed_at > :at THEN IF(r.status = 'failed' AND r.completed_at IS NULL, NULL, 'running')
		WHEN r.status = 'failed' THEN 'failed' ELSE 'ok' END AS state,
	CAST(NULL AS INT) AS every_seconds, CAST(NULL AS DATETIME) AS next_run_at, r.started_at AS last_run_at,
	COALESCE(IF(s.last_ok_at <= :at, s.last_ok_at, NULL), IF(s.name = 'alerts', {{look_ended(:at)}}, m.last_ok_at)) AS last_ok_at,
	IF(r.completed_at <= :at, r.duration_seconds * 1000, NULL) AS last_duration_ms, IF(r.completed_at <= :at, r.error_message, NULL) AS last_error,
	CAST(NULL AS INT) AS consecutive_failures, r.holder, CAST(NULL AS DATETIME) AS lease_until, r.fence, NULL AS is_enabled,
	CAST(NULL AS INT) AS steps_done, CAST(NULL AS INT) AS steps_total, CAST(NULL AS DECIMAL(5,4)) AS progress,
	IF(r.completed_at <= :at, r.records_processed, NULL) AS run_rows, CAST(NULL AS INT) AS rows_per_second, CAST(NULL AS CHAR) AS led_since
FROM job_schedules s
LEFT JOIN (
	SELECT JSON_VALUE(j.details, '$.job') AS name, MAX(j.started_at) AS started_at,
		MAX(IF(j.status = 'completed' AND j.completed_at <= :at, j.completed_at, NULL)) AS last_ok_at
	FROM consolidation_jobs j WHERE j.chunk = '' AND j.started_at <= :at GROUP BY JSON_VALUE(j.details, '$.job')
) m ON m.name = s.name
LEFT JOIN consolidation_jobs r ON r.id = (SELECT MIN(x.id) FROM consolidation_jobs x WHERE x.chunk = '' AND x.started_at = m.started_at AND JSON_VALUE(x.details, '$.job') = m.name)
WHERE s.kind = 'job'
