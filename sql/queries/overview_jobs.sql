-- The scheduled jobs and their leader: what is late or failed first.
SELECT j.name, j.state, j.seconds_since_last, j.last_error
FROM (
SELECT s.name,
       CASE WHEN s.kind = 'lease' AND (s.lease_until IS NULL OR s.lease_until < NOW(3)) THEN 'dead'
            WHEN s.kind = 'lease' THEN 'ok'
            WHEN NOT s.is_enabled THEN 'off'
            WHEN s.last_status = 'running' THEN 'running'
            WHEN s.last_status = 'failed' THEN 'failed'
            WHEN s.next_run_at < NOW() - INTERVAL GREATEST(60, s.every_seconds DIV 4) SECOND THEN 'late'
            WHEN s.last_status = 'never' THEN 'never'
            ELSE 'ok' END AS state,
       TIMESTAMPDIFF(SECOND, IF(s.kind = 'lease', s.updated_at, s.last_ok_at), NOW()) AS seconds_since_last,
       s.last_error
FROM job_schedules s
) j
ORDER BY FIELD(j.state, 'dead', 'failed', 'late', 'never', 'running', 'ok', 'off'), j.name
LIMIT 30
