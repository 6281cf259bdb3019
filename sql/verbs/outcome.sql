-- What became of a request: the row that settles it (done, void), else its last refusal, else none: it may yet happen.
-- :param request_id str
SELECT l.request_id, JSON_VALUE(l.after_state, '$.act.command_id') AS command_id,
	JSON_VALUE(l.after_state, '$.act.target') AS target, IF(l.result = 'done', 'replayed', l.result) AS status,
	JSON_VALUE(l.after_state, '$.act.message') AS message, JSON_EXTRACT(l.after_state, '$.act.guardrails') AS guardrails,
	l.before_state, JSON_REMOVE(l.after_state, '$.act') AS after_state,
	CAST(JSON_VALUE(l.after_state, '$.act.version') AS SIGNED) AS version, {{newest}} AS gtid
FROM audit_log l
WHERE l.request_id = :request_id
ORDER BY l.settled_request IS NOT NULL DESC, l.id DESC
LIMIT 1
