-- May this run still write? The shared lock keeps the fence as it is until the step ends.
-- :param job str
-- :param holder str
-- :param fence int
-- :param run str
SELECT s.fence, (SELECT j.status FROM consolidation_jobs j WHERE j.id = :run) AS run_status
FROM job_schedules s WHERE s.name = :job AND s.holder = :holder AND s.fence = :fence AND s.lease_until > NOW(3)
LOCK IN SHARE MODE
