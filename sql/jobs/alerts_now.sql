-- What is wrong now, and which alert is open for it; open alerts whose condition is gone have no alert_key of their own.
SELECT v.alert_key, v.kind, v.severity, v.client_id, v.agent_id, v.instance_id, v.pool_id, v.message, v.evidence,
	a.id AS open_id, a.severity AS open_severity, a.message AS open_message, a.version, a.acked_by, a.snoozed_until, a.snoozed_until > NOW() AS is_snoozed
FROM v_alert_conditions v LEFT JOIN alerts a ON a.open_key = v.alert_key
