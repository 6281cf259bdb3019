-- What fired since then: every alert that was raised, and how long it lasted; still open ones are counted to :at.
-- :param client str
-- :param since str
-- :param at str
SELECT l.opened_at, IF(l.version = 1 OR l.last_seen_at <= :at OR l.resolved_at <= :at, l.severity, NULL) AS severity, l.kind, a.logical_agent_id AS agent,
	IF(l.version = 1 OR l.last_seen_at <= :at OR l.resolved_at <= :at, l.message, NULL) AS message, IF(l.resolved_at <= :at, 'over', 'open') AS state,
	TIMESTAMPDIFF(SECOND, l.opened_at, IF(l.resolved_at <= :at, l.resolved_at, :at)) AS lasted_seconds, IF(l.acked_at <= :at, l.acked_by, NULL) AS acked_by
FROM alerts l
LEFT JOIN agents a ON a.id = l.agent_id
LEFT JOIN clients c ON c.id = l.client_id
WHERE l.opened_at > :since AND l.opened_at <= :at AND (:client IS NULL OR c.name = :client)
ORDER BY l.opened_at
