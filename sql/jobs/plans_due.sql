-- A plan that goes on is looked at each second, without waiting for the job's turn.
UPDATE job_schedules SET next_run_at = NOW()
WHERE name = 'evacuate' AND is_enabled AND next_run_at > NOW()
  AND (EXISTS (SELECT 1 FROM spotop_plans WHERE state IN ('running', 'paused')) OR EXISTS (SELECT 1 FROM spotop_plan_rows WHERE state = 'released'))
