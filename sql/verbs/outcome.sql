-- What became of a request: the first result kept in the audit log, or no row when it never happened.
-- :param request_id str
SELECT l.request_id, JSON_VALUE(l.after_state, '$.act.command_id') AS command_id,
	JSON_VALUE(l.after_state, '$.act.target') AS target, IF(l.result = 'done', 'replayed', l.result) AS status,
	JSON_VALUE(l.after_state, '$.act.message') AS message, JSON_EXTRACT(l.after_state, '$.act.guardrails') AS guardrails,
	l.before_state, JSON_REMOVE(l.after_state, '$.act') AS after_state,
	CAST(JSON_VALUE(l.after_state, '$.act.version') AS SIGNED) AS version
FROM audit_log l
WHERE l.request_id = :request_id
ORDER BY l.result = 'done' DESC, l.id DESC
LIMIT 1
