-- Who did what to what, why, and what came of it. -- :now
-- Who had done what to what by :at. -- :at
-- :past
-- :param mine bool
SELECT l.id AS audit_id, l.at, l.actor, l.os_user, l.host, l.action, l.target_type, l.target_id,
	COALESCE(JSON_VALUE(l.after_state, '$.act.target'), l.target_id) AS target,
	{{action_said(l)}} AS message, l.reason, l.result,
	(SELECT GROUP_CONCAT(g.name ORDER BY g.n SEPARATOR ' ')
		FROM JSON_TABLE(COALESCE(JSON_EXTRACT(l.after_state, '$.act.guardrails'), '[]'), '$[*]' COLUMNS (n FOR ORDINALITY, name VARCHAR(40) PATH '$.name',
			overridden VARCHAR(5) PATH '$.overridden')) g WHERE g.overridden IN ('1', 'true')) AS overridden,
	l.request_id, JSON_VALUE(l.after_state, '$.act.command_id') AS command_id, l.before_state, l.after_state, l.hash,
	{{dated(l.at)}} AS dated -- :now
	'past' AS dated -- :at
FROM v_audit l
WHERE (:mine IS NULL OR :mine = 0 OR l.actor = USER())
  AND l.at <= :at -- :at
