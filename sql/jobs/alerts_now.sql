-- What is wrong now, the gravest first, and which alert is open for it; is_woken: it is snoozed no longer, since it is more than the snooze saw.
SELECT w.*, NOT w.is_snoozed AND COALESCE(w.snoozed_until > NOW(), FALSE) AS is_woken
FROM (
	-- :include conditions
) w ORDER BY {{by_impact(w)}}
