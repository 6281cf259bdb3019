-- Gives a lease back.
-- :param name str
-- :param holder str
-- :param fence int
UPDATE job_schedules SET holder = NULL, lease_until = NULL WHERE name = :name AND holder = :holder AND fence = :fence
