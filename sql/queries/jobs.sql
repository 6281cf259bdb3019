-- The scheduled jobs: when they ran, when they run next, how long they took, what went wrong, who leads.
SELECT s.name, s.kind, s.about,
       CASE WHEN s.kind = 'lease' AND (s.lease_until IS NULL OR s.lease_until < NOW(3)) THEN 'dead'
            WHEN s.kind = 'lease' THEN 'ok'
            WHEN NOT s.is_enabled THEN 'off'
            WHEN s.last_status = 'running' THEN 'running'
            WHEN s.last_status = 'failed' THEN 'failed'
            WHEN s.next_run_at < NOW() - INTERVAL GREATEST(60, s.every_seconds DIV 4) SECOND THEN 'late'
            WHEN s.last_status = 'never' THEN 'never'
            ELSE 'ok' END AS state,
       s.every_seconds, s.next_run_at, s.last_run_at, s.last_ok_at, s.last_duration_ms, s.last_error, s.consecutive_failures,
       s.holder, s.lease_until, s.fence, s.is_enabled
FROM job_schedules s
