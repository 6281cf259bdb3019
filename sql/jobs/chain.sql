-- What follows a consolidation: the tiers behind it.
UPDATE job_schedules SET next_run_at = NOW() WHERE name IN ('canonicalize', 'hourly') AND kind = 'job'
