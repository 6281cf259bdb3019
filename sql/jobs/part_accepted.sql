-- What was accepted as it is waits for no later tier.
-- :param type str
-- :param pool str
-- :param from str
-- :param to str
UPDATE consolidation_jobs p JOIN consolidation_jobs a ON a.job_type = p.job_type AND a.chunk = p.chunk AND {{is_accepted(a)}}
	AND {{part_day(a.window_end)}} = {{part_day(p.window_end)}}
SET p.status = 'completed', p.started_at = COALESCE(p.started_at, NOW()), p.completed_at = NOW()
WHERE p.job_type = :type AND p.chunk = :pool AND p.status = 'pending' AND p.window_start >= :from AND p.window_end <= :to
