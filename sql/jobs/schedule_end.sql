-- A job ended: when it is due again, and what came of it. A cancelled one waits for its turn; a failed one is tried again sooner, a minute after its first failure, then doubling, never later than its turn.
-- :param job str
-- :param holder str
-- :param fence int
-- :param ok bool
-- :param error str
-- :param ms int
-- :param cancelled bool
UPDATE job_schedules SET last_status = IF(:ok, 'ok', 'failed'), last_ok_at = IF(:ok, NOW(), last_ok_at), last_error = :error,
	last_duration_ms = :ms, consecutive_failures = IF(:ok, 0, consecutive_failures + IF(:cancelled, 0, 1)),
	next_run_at = NOW() + INTERVAL IF(:ok OR :cancelled, every_seconds, LEAST(every_seconds, 30 * POW(2, LEAST(consecutive_failures, 10)))) SECOND,
	holder = NULL, lease_until = NULL
WHERE name = :job AND holder = :holder AND fence = :fence
