-- The parts that the tier before left to do, oldest first. Parts of one pool that overlap are done as one.
-- :param type str
-- :param from str
-- :param to str
SELECT chunk AS pool_id, MIN(window_start) AS lo, MAX(window_end) AS hi, COUNT(*) AS n
FROM consolidation_jobs
WHERE job_type = :type AND status = 'pending' AND chunk <> ''
  AND (:from IS NULL OR (window_end >= :from AND window_start < :to))
GROUP BY chunk, DATE(window_end - INTERVAL 1 SECOND)
ORDER BY lo, pool_id
