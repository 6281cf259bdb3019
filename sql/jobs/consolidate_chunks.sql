-- The parts (pool and day) of a run that are still to do, oldest first; the index on arrival covers it.
-- :param run str
-- :param since str
-- :param cutoff str
-- :param from str
-- :param to str
SELECT d.pool_id, d.day, d.day + INTERVAL 1 DAY AS next_day, d.n FROM (
	SELECT pool_id, DATE(observed_at) AS day, COUNT(*) AS n FROM spot_price_snapshots
	WHERE :from IS NULL AND created_at >= :since AND created_at <= :cutoff
	GROUP BY pool_id, DATE(observed_at)
	UNION ALL
	SELECT pool_id, DATE(observed_at), COUNT(*) FROM spot_price_snapshots
	WHERE :from IS NOT NULL AND observed_at >= :from AND observed_at < :to
	GROUP BY pool_id, DATE(observed_at)
) d
WHERE NOT EXISTS (SELECT 1 FROM consolidation_jobs j
	WHERE j.job_type = 'consolidate' AND j.window_start = d.day AND j.chunk = d.pool_id AND JSON_VALUE(j.details, '$.run') = :run)
ORDER BY d.day, d.pool_id
