-- Consolidation is due at once when it was called for since it last began.
UPDATE job_schedules SET next_run_at = NOW()
WHERE name = 'consolidate' AND is_enabled AND next_run_at > NOW()
  AND (SELECT MAX(id) FROM system_events WHERE event_type = 'snapshot_archive_triggered' AND created_at >= NOW() - INTERVAL 1 DAY)
    > COALESCE(JSON_VALUE(state, '$.event_seen'), 0)
