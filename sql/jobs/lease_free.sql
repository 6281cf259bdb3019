-- May this lease be taken? A plain read, so that nobody waits for the holder's step.
-- :param name str
-- :param holder str
SELECT holder, fence, lease_until, lease_until IS NULL OR holder IS NULL OR holder = :holder OR lease_until < NOW(3) AS is_free
FROM job_schedules WHERE name = :name
