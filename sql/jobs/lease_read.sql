-- The fence that came with a lease just taken.
-- :param name str
-- :param holder str
SELECT fence FROM job_schedules WHERE name = :name AND holder = :holder AND lease_until > NOW(3)
