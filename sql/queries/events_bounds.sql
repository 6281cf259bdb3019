-- The oldest and newest event that is kept in each source of the events screen.
SELECT (SELECT COALESCE(MIN(id), 0) FROM sse_events) AS stream_oldest, (SELECT COALESCE(MAX(id), 0) FROM sse_events) AS stream_newest,
       (SELECT COALESCE(MIN(id), 0) FROM system_events) AS system_oldest, (SELECT COALESCE(MAX(id), 0) FROM system_events) AS system_newest
