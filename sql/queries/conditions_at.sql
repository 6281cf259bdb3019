-- What was wrong at :at, as the worker had seen it: the alerts that were open, with the columns of conditions.
-- :param at str
-- :param client str
-- :param all bool
SELECT w.alert_key, w.kind, w.severity, w.place, w.agent_id, w.agent, COALESCE(w.message, CONCAT_WS(' ', w.agent, {{in_plain(w.kind)}})) AS message, CAST(JSON_VALUE(w.evidence, '$.extent') AS DOUBLE) AS extent,
	{{alert_began(w)}} AS began, w.since, w.alert_id AS open_id, w.opened_at, w.state = 'snoozed' AS is_snoozed, w.snoozed_until
FROM (
	-- :include alerts_at
) w WHERE w.state <> 'cleared'
