-- What is wrong now, one row each, the gravest first; what is snoozed too, and says so.
SELECT v.severity, v.kind, v.message, v.since, c.name AS client, a.logical_agent_id AS agent, v.instance_id, v.pool_id, v.is_snoozed,
	v.open_id AS alert_id, v.opened_at, v.alert_key, JSON_COMPACT(v.evidence) AS evidence
FROM (
	-- :include conditions
) v
LEFT JOIN clients c ON c.id = v.client_id
LEFT JOIN agents a ON a.id = v.agent_id
ORDER BY {{by_impact(v)}}
