-- The runs of jobs that failed since then.
-- :param since str
-- :param at str
SELECT JSON_VALUE(j.details, '$.job') AS job, j.started_at, j.duration_seconds, j.error_message
FROM consolidation_jobs j
WHERE j.status = 'failed' AND j.chunk = '' AND j.started_at > :since AND j.started_at <= :at
ORDER BY j.started_at
