-- Open alerts, the gravest first; with :all also those that are over.
-- :param all bool
-- :param client str
SELECT x.*, {{alert_urgency(x.rank, x)}} AS urgency
FROM (
SELECT l.id AS alert_id, l.alert_key, l.evidence, COALESCE({{alert_began(l)}}, l.opened_at) AS since, COALESCE(k.place, 99) AS place, l.kind, l.severity,
       CASE WHEN l.resolved_at IS NOT NULL THEN 'cleared' WHEN l.snoozed_until > NOW() THEN 'snoozed' WHEN l.claimed_at IS NOT NULL THEN 'claimed' WHEN l.acked_at IS NOT NULL THEN 'acknowledged' ELSE 'raised' END AS state,
       l.message, l.opened_at, l.last_seen_at, l.seen_count, l.agent_id, a.logical_agent_id AS agent, c.name AS client, l.instance_id, l.pool_id,
       l.acked_at, l.acked_by, l.claimed_at, l.claimed_by, l.snoozed_until, l.resolved_at, l.notes, l.version,
       IF(JSON_LENGTH(l.notes) > 0, CONCAT(JSON_VALUE(l.notes, CONCAT('$[', JSON_LENGTH(l.notes) - 1, '].text')), IF(JSON_LENGTH(l.notes) > 1, CONCAT(' (', JSON_LENGTH(l.notes), ' notes)'), '')), NULL) AS note,
       (l.resolved_at IS NOT NULL) * 1000 + (COALESCE(l.snoozed_until > NOW(), 0) OR l.acked_at IS NOT NULL) * 100 + COALESCE(k.place, 99) AS rank,
       4 - {{severity_rank(l.severity)}} AS severity_rank, IF(k.kind IS NULL, NULL, CONCAT('views/runbook.md#', k.kind)) AS runbook
FROM alerts l
LEFT JOIN agents a ON a.id = l.agent_id
LEFT JOIN clients c ON c.id = l.client_id
LEFT JOIN v_alert_kinds k ON k.kind = l.kind
WHERE (l.resolved_at IS NULL OR :all) AND (:client IS NULL OR c.name = :client)
) x
