-- A client's events that a cursor has not seen and the tail has: those in its gaps, then those above its mark;
-- those beyond seen, a quarter of a megabyte of them, one at least. n_all says how many there were before that cut.
-- :param client str
-- :param after int
-- :param upto int
-- :param gaps str
-- :param seen int
-- :param batch int
SELECT e.id, e.client_id, e.event_type, e.event_data, e.created_at, w.n_all
FROM (
	SELECT n.id, SUM(n.bytes) OVER (ORDER BY n.id) - n.bytes AS before_it, COUNT(*) OVER () AS n_all
	FROM (
		SELECT u.id, u.bytes
		FROM (
			SELECT e.id, LENGTH(e.event_data) AS bytes
			FROM JSON_TABLE(:gaps, '$[*]' COLUMNS (lo BIGINT UNSIGNED PATH '$[0]', hi BIGINT UNSIGNED PATH '$[1]')) g
			STRAIGHT_JOIN sse_events e ON e.id BETWEEN g.lo AND g.hi AND e.id > :seen AND e.client_id = :client
			UNION ALL
			(SELECT e.id, LENGTH(e.event_data) FROM sse_events e
			 WHERE e.client_id = :client AND e.id > GREATEST(:after, :seen) AND e.id <= :upto ORDER BY e.id LIMIT :batch)
		) u
		ORDER BY u.id LIMIT :batch
	) n
) w
JOIN sse_events e ON e.id = w.id
WHERE w.before_it < 262144
ORDER BY e.id
