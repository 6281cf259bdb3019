-- The pulse: a leading worker renews its lease each second, and the row's own time tells whoever reads on a replica
-- server of when the data there are. Nobody reads it where nothing is replicated.
-- :param holder str
-- :param fence int
-- :param seconds int
UPDATE job_schedules SET lease_until = NOW(3) + INTERVAL :seconds SECOND
WHERE name = 'leader' AND holder = :holder AND fence = :fence AND lease_until > NOW(3) AND @@log_bin
