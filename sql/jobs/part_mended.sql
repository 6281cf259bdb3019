-- A part was done that had failed.
-- :param type str
-- :param pool str
-- :param from str
-- :param to str
DELETE FROM consolidation_jobs
WHERE job_type = :type AND chunk = :pool AND status = 'failed' AND window_start >= :from AND window_end <= :to
