-- The parts of a window again, whatever was done of it.
-- :param from str
-- :param to str
SELECT pool_id, MIN(observed_at) AS lo, MAX(observed_at) AS hi, COUNT(*) AS n FROM pricing_consolidated
WHERE observed_at >= :from AND observed_at < :to GROUP BY pool_id, DATE(observed_at) ORDER BY lo, pool_id
