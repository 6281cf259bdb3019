-- The outages since then, the longest first: who had no primary, for how long of that time, and why. planned: by a switch.
-- :param client str
-- :param agent str
-- :param since str
-- :param at str
SELECT o.agent, o.client, o.began_at, o.ended_at, TIMESTAMPDIFF(SECOND, GREATEST(o.began_at, CAST(:since AS DATETIME)), COALESCE(o.ended_at, CAST(:at AS DATETIME))) AS seconds, o.cause, o.is_planned AS planned, o.pool
FROM (
	-- :include outages_at
) o WHERE COALESCE(o.ended_at > :since, TRUE)
ORDER BY o.is_planned, seconds DESC, o.agent_id
