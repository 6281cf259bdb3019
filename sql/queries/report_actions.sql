-- Who did what since then, and what came of it.
-- :param client str
-- :param since str
-- :param at str
SELECT CAST(d.at AS DATETIME(0)) AS at, CONCAT(SUBSTRING_INDEX(d.actor, '@', 1), COALESCE(CONCAT('/', d.os_user), '')) AS who, {{action_said(d)}} AS what,
	d.reason, d.result, CASE WHEN m.id IS NULL THEN NULL WHEN m.completed_at <= :at THEN m.status WHEN m.executed_at <= :at THEN 'executing' WHEN {{command_end(m)}} < :at THEN 'expired' ELSE 'pending' END AS outcome,
	IF(m.completed_at <= :at, TIMESTAMPDIFF(SECOND, m.created_at, m.completed_at), NULL) AS took_seconds, IF(m.completed_at <= :at, m.message, NULL) AS message
FROM v_audit d
LEFT JOIN commands m ON m.id = IF(LENGTH(JSON_VALUE(d.after_state, '$.act.command_id')) = 36, JSON_VALUE(d.after_state, '$.act.command_id'), NULL)
LEFT JOIN agents a ON a.id = COALESCE(m.agent_id, IF(d.target_type = 'agent' AND LENGTH(d.target_id) = 36, d.target_id, NULL))
LEFT JOIN clients c ON c.id = a.client_id
WHERE d.at > :since AND d.at < CAST(:at AS DATETIME) + INTERVAL 1 SECOND AND d.id > 1 AND (:client IS NULL OR c.name = :client)
ORDER BY d.id
