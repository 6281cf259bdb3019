-- How a job or lease of job_schedules s stands.
CASE WHEN s.kind = 'lease' AND NOT {{is_leased(s)}} THEN 'dead'
	WHEN s.kind = 'lease' THEN 'ok'
	WHEN NOT s.is_enabled THEN 'off'
	WHEN {{is_leased(s)}} THEN 'running'
	WHEN s.consecutive_failures > 0 THEN 'failed'
	WHEN s.last_status = 'never' THEN 'never'
	WHEN s.next_run_at < NOW() - INTERVAL GREATEST(60, s.every_seconds DIV 4) SECOND THEN 'late'
	ELSE 'ok' END
