-- Where a run begins and ends: snapshots that arrived since the last complete run. Ten minutes are read twice: a transaction commits later than its rows say. A mark that lies ahead is of a clock that was put back since.
SELECT COALESCE(LEAST(JSON_VALUE(state, '$.mark'), NOW()) - INTERVAL 10 MINUTE, '1970-01-02 00:00:00') AS since,
	(SELECT COALESCE(MAX(id), 0) FROM system_events WHERE event_type = 'snapshot_archive_triggered' AND created_at >= NOW() - INTERVAL 1 DAY) AS event_seen
FROM job_schedules WHERE name = 'consolidate'
