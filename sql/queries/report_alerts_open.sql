-- The alerts that are open at :at, the gravest first.
-- :param client str
-- :param at str
-- :param all bool
SELECT l.alert_id, l.severity, l.kind, l.state, l.agent, l.message, l.opened_at, TIMESTAMPDIFF(SECOND, l.opened_at, :at) AS open_seconds, l.acked_by, l.claimed_by
FROM (
	-- :include alerts_at
) l
ORDER BY l.urgency, l.alert_id
