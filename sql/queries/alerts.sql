-- Alerts: open ones, and with :all those of the past.
-- :param all bool
-- :param client str
SELECT a.id AS alert_id, a.alert_key, a.kind, a.severity, IF(a.resolved_at IS NOT NULL, 'resolved', IF(a.snoozed_until > NOW(), 'snoozed', IF(a.acked_at IS NOT NULL, 'acked', 'open'))) AS state,
	a.message, c.name AS client, g.logical_agent_id AS agent, a.agent_id, a.instance_id, a.pool_id AS pool, a.opened_at, a.last_seen_at, a.seen_count, a.acked_at, a.acked_by, a.snoozed_until,
	a.snoozed_by, a.resolved_at, a.evidence, a.notes, a.version
FROM alerts a
LEFT JOIN clients c ON c.id = a.client_id
LEFT JOIN agents g ON g.id = a.agent_id
WHERE (a.resolved_at IS NULL OR :all) AND (:client IS NULL OR c.name = :client)
