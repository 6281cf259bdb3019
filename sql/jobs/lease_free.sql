-- May this lease be taken? A plain read, so that nobody waits for the holder's step.
-- One that ends further ahead than any is given for is of a clock that was put back.
-- :param name str
-- :param holder str
SELECT holder, fence, lease_until, lease_until IS NULL OR holder IS NULL OR holder = :holder OR lease_until < NOW(3) OR lease_until > NOW(3) + INTERVAL 2 MINUTE AS is_free
FROM job_schedules WHERE name = :name
