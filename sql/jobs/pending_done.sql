-- These parts are done.
-- :param fence int
UPDATE job_parts_due p STRAIGHT_JOIN consolidation_jobs j ON j.id = p.id
SET j.status = 'completed', j.started_at = COALESCE(j.started_at, NOW()), j.completed_at = NOW(), j.fence = :fence
WHERE j.status = 'pending'
