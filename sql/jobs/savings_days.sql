-- The days to reckon. Today and yesterday, whose prices are still coming in, each time (again), and those whose hours were
-- rolled up since (a worker that was away reckons before it has them); of the last 60 days those that some client lacks or
-- that were last reckoned before they were over. By hand: each day from :from to :to, of those whose instances are kept.
-- :param from str
-- :param to str
SELECT x.day, :from IS NOT NULL OR x.day >= CURRENT_DATE - INTERVAL 1 DAY OR x.is_late AS again, CURRENT_DATE - INTERVAL 89 DAY AS oldest
FROM (SELECT s.day, EXISTS (SELECT 1 FROM consolidation_jobs j WHERE j.job_type = 'hourly' AND j.status = 'completed' AND j.chunk <> ''
		AND j.window_start BETWEEN s.day - INTERVAL 31 DAY AND s.day + INTERVAL 1 DAY AND j.window_end >= s.day
		AND j.completed_at >= (SELECT MIN(k.computed_at) FROM client_savings_daily k WHERE k.date = s.day)) AS is_late
	FROM (SELECT CURRENT_DATE - INTERVAL q.seq DAY AS day FROM seq_0_to_89 q) s) x
WHERE IF(:from IS NOT NULL, x.day BETWEEN DATE(:from) AND DATE(CAST(:to AS DATETIME(3)) - INTERVAL 1 SECOND),
	x.day >= CURRENT_DATE - INTERVAL 1 DAY OR (x.day >= CURRENT_DATE - INTERVAL 60 DAY AND (x.is_late OR EXISTS (
		SELECT 1 FROM clients c LEFT JOIN client_savings_daily d ON d.client_id = c.id AND d.date = x.day
		WHERE c.created_at < x.day + INTERVAL 1 DAY AND (d.client_id IS NULL OR d.computed_at < x.day + INTERVAL 1 DAY)))))
ORDER BY x.day
