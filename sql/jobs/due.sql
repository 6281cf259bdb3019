-- The jobs that are due, the longest overdue first.
SELECT name FROM job_schedules
WHERE kind = 'job' AND is_enabled AND (next_run_at IS NULL OR next_run_at <= NOW())
ORDER BY next_run_at, name
