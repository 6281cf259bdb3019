-- Takes a lease that is free or ran out; the fence grows, and whoever held it before can write no more.
-- :param name str
-- :param holder str
-- :param seconds int
UPDATE job_schedules SET holder = :holder, fence = fence + 1, lease_until = NOW(3) + INTERVAL :seconds SECOND,
	state = IF(kind = 'lease', JSON_SET(COALESCE(state, '{}'), '$.since', {{utc(NOW())}}), state)
WHERE name = :name AND (lease_until IS NULL OR holder IS NULL OR lease_until < NOW(3) OR lease_until > NOW(3) + INTERVAL 2 MINUTE)
