-- A job starts.
-- :param job str
-- :param holder str
-- :param fence int
UPDATE job_schedules SET last_run_at = NOW(), last_status = 'running' WHERE name = :job AND holder = :holder AND fence = :fence
