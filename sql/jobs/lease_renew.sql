-- Holds a lease longer. No row changed: it is lost.
-- :param name str
-- :param holder str
-- :param fence int
-- :param seconds int
UPDATE job_schedules SET lease_until = NOW(3) + INTERVAL :seconds SECOND
WHERE name = :name AND holder = :holder AND fence = :fence AND lease_until > NOW(3)
