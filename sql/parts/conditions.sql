-- What is wrong now (v), the alert that is open for it, and whether that is snoozed. A snooze covers what it saw: it ends
-- when the extent reaches the next step, the severity rises, or it is another instance.
SELECT v.alert_key, v.kind, v.severity, v.place, v.client_id, v.agent_id, v.instance_id, v.pool_id, v.message, v.extent, v.evidence,
	v.since AS began, COALESCE(v.since, IF(a.opened_at > NOW(), NULL, a.opened_at)) AS since,
	a.id AS open_id, a.opened_at, a.severity AS open_severity, a.message AS open_message, a.version, a.acked_by, a.snoozed_until,
	COALESCE(a.snoozed_until > NOW() AND (a.snoozed_saw IS NULL OR (
		{{extent_step(v.extent)}} <= {{extent_step(JSON_VALUE(a.snoozed_saw, '$.extent'))}}
		AND {{severity_rank(v.severity)}} <= {{severity_rank(JSON_VALUE(a.snoozed_saw, '$.severity'))}}
		AND COALESCE(v.instance_id, '') = JSON_VALUE(a.snoozed_saw, '$.instance_id'))), FALSE) AS is_snoozed
FROM v_alert_conditions v LEFT JOIN alerts a ON a.open_key = v.alert_key
