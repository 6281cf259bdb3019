-- Who is known to have been unhealthy at :at, the worst first; silence shows only if it lasts since.
-- :param client str
-- :param at str
-- :param agent str
-- :param unhealthy bool
-- :param health str
SELECT s.agent, s.client, s.health, s.cause, s.az, s.seconds_since_heartbeat AS silent_seconds, s.primary_count AS primaries, s.zombie_count AS zombies, s.notice_status AS notice
FROM (
	-- :include agents_at
) s
WHERE s.health IN ({{unhealthy}})
ORDER BY s.urgency, s.agent_id
