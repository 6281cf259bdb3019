-- What is wrong now, one row each, the gravest first; what is snoozed too, and says so.
SELECT v.severity, v.kind, v.message, c.name AS client, a.logical_agent_id AS agent, v.instance_id, v.pool_id, COALESCE(o.snoozed_until > NOW(), FALSE) AS is_snoozed,
	o.id AS alert_id, o.opened_at, v.alert_key, v.evidence
FROM v_alert_conditions v
LEFT JOIN alerts o ON o.open_key = v.alert_key
LEFT JOIN clients c ON c.id = v.client_id
LEFT JOIN agents a ON a.id = v.agent_id
ORDER BY FIELD(v.severity, 'critical', 'error', 'warning', 'info'), v.alert_key
