-- These parts are done.
-- :param type str
-- :param pool str
-- :param lo str
-- :param hi str
-- :param fence int
UPDATE consolidation_jobs SET status = 'completed', started_at = COALESCE(started_at, NOW()), completed_at = NOW(), fence = :fence
WHERE job_type = :type AND status = 'pending' AND chunk = :pool AND window_start >= :lo AND window_end <= :hi
