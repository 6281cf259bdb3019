-- How far the gaps at both ends of the day reach: from the last real point before it to the first after it. With none before it (or none left), from its own first: what fills up to that one is not touched.
-- :param pool str
-- :param from str
-- :param to str
SELECT COALESCE((SELECT observed_at FROM pricing_consolidated WHERE pool_id = :pool AND observed_at < :from AND observed_at >= :from - INTERVAL 100 DAY AND NOT is_interpolated ORDER BY observed_at DESC LIMIT 1),
		(SELECT observed_at FROM pricing_consolidated WHERE pool_id = :pool AND observed_at >= :from AND observed_at < :to AND NOT is_interpolated ORDER BY observed_at LIMIT 1), TIMESTAMP(:from)) AS lo,
	COALESCE((SELECT observed_at FROM pricing_consolidated WHERE pool_id = :pool AND observed_at >= :to AND observed_at < :to + INTERVAL 100 DAY AND NOT is_interpolated ORDER BY observed_at LIMIT 1), TIMESTAMP(:to)) AS hi
