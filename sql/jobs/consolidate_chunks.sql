-- The parts (pool and day) of a run that are still to do, those that failed before too, oldest first; the index on arrival covers it.
-- :param run str
-- :param since str
-- :param cutoff str
-- :param from str
-- :param to str
SELECT d.pool_id, d.day, d.day + INTERVAL 1 DAY AS next_day, SUM(d.n) AS n FROM (
	SELECT pool_id, DATE(observed_at) AS day, COUNT(*) AS n FROM spot_price_snapshots
	WHERE :from IS NULL AND created_at >= :since AND created_at <= :cutoff
	GROUP BY pool_id, DATE(observed_at)
	UNION ALL
	SELECT pool_id, DATE(observed_at), COUNT(*) FROM spot_price_snapshots
	WHERE :from IS NOT NULL AND observed_at >= :from AND observed_at < :to
	GROUP BY pool_id, DATE(observed_at)
	UNION ALL
	SELECT j.chunk, DATE(j.window_start), 0 FROM consolidation_jobs j
	WHERE :from IS NULL AND j.job_type = 'consolidate' AND {{is_left_out(j)}}
) d
WHERE NOT EXISTS (SELECT 1 FROM consolidation_jobs j
	WHERE j.job_type = 'consolidate' AND j.window_start = {{day_begin(d.day)}} AND j.chunk = d.pool_id AND JSON_VALUE(j.details, '$.run') = :run)
GROUP BY d.pool_id, d.day
ORDER BY d.day, d.pool_id
