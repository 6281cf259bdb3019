-- What the server is by now, and of when its data are: the leading worker's pulse, or the newest event of the stream.
SELECT @@read_only AS is_read_only, @@GLOBAL.gtid_slave_pos <> '' AS is_following,
  CAST(1000 * UNIX_TIMESTAMP(GREATEST(COALESCE(p.at, e.at), COALESCE(e.at, p.at))) AS SIGNED) AS as_of_ms
FROM (SELECT (SELECT j.updated_at FROM job_schedules AS j WHERE j.name = 'leader') AS at) AS p,
  (SELECT (SELECT s.created_at FROM sse_events AS s ORDER BY s.id DESC LIMIT 1) AS at) AS e
