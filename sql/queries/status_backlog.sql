-- What waits: commands, stream events, raw prices not yet consolidated, jobs that are late.
SELECT 'backlog' AS section, 'commands pending' AS name, COUNT(*) AS row_count, NULL AS bytes, NULL AS value, CONCAT('oldest ', MIN(created_at)) AS detail FROM commands c WHERE {{is_pending(c)}}
UNION ALL SELECT 'backlog', 'commands executing', COUNT(*), NULL, NULL, CONCAT('oldest ', MIN(executed_at)) FROM commands WHERE status = 'executing'
UNION ALL SELECT 'backlog', 'stream events expired', COUNT(*), NULL, NULL, CONCAT('oldest ', MIN(expires_at)) FROM sse_events WHERE expires_at < NOW()
UNION ALL (SELECT 'backlog', CONCAT('stream events expired, ', c.name), COUNT(*), NULL, NULL, CONCAT('oldest ', MIN(e.expires_at))
	FROM sse_events e JOIN clients c ON c.id = e.client_id WHERE e.expires_at < NOW() GROUP BY c.id ORDER BY COUNT(*) DESC LIMIT 20)
UNION ALL SELECT 'backlog', 'alerts open', COUNT(*), NULL, NULL, CONCAT('oldest ', MIN(opened_at)) FROM alerts WHERE resolved_at IS NULL
UNION ALL SELECT 'backlog', 'jobs due', COUNT(*), NULL, NULL, CONCAT('oldest ', MIN(next_run_at)) FROM job_schedules WHERE is_enabled AND kind = 'job' AND next_run_at < NOW()
