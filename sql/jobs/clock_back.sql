-- The server's clock was put back: marks and turns that lie further ahead than they can are of the old time. Nothing changes otherwise.
UPDATE job_schedules SET next_run_at = LEAST(next_run_at, NOW() + INTERVAL every_seconds SECOND),
	state = IF(JSON_VALUE(state, '$.mark') > NOW(), JSON_SET(state, '$.mark', DATE_FORMAT(NOW(), '%Y-%m-%d %H:%i:%s')), state)
WHERE kind = 'job' AND (next_run_at > NOW() + INTERVAL every_seconds + 60 SECOND OR JSON_VALUE(state, '$.mark') > NOW() + INTERVAL 60 SECOND)
