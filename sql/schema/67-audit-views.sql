-- What of the audit chain does not hold. It reads v_audit with the rights of who looks, and these are given before it is made: so it
-- has a script of its own, whose name says that views are in it.

-- Rows whose hash, link or date is wrong; empty when the chain holds. prev_id must be id - 1. id 0: what is wrong with the log itself.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_audit_faults AS
SELECT a.id, a.at, a.action,
	CASE WHEN p.id IS NULL AND a.id <> 1 THEN 'the row before it is missing'
		WHEN a.id <> 1 AND a.prev_hash <> p.hash THEN 'it does not follow the row before it'
		WHEN a.hash <> audit_hash(a.prev_hash, a.id, UNIX_TIMESTAMP(a.at), a.actor, a.os_user, a.host, a.action, a.target_type, a.target_id,
			a.request_id, a.reason, a.before_state, a.after_state, a.result) THEN 'its content was changed'
		ELSE CONCAT('it is dated ', TIMESTAMPDIFF(SECOND, a.at, p.at), ' s before the row before it: the clock was put back, or it was written by hand') END COLLATE utf8mb4_general_ci AS fault
FROM v_audit a LEFT JOIN v_audit p ON p.id = a.id - 1
WHERE (p.id IS NULL AND a.id <> 1) OR (a.id <> 1 AND a.prev_hash <> p.hash) OR a.at < p.at
	OR a.hash <> audit_hash(a.prev_hash, a.id, UNIX_TIMESTAMP(a.at), a.actor, a.os_user, a.host, a.action, a.target_type, a.target_id,
		a.request_id, a.reason, a.before_state, a.after_state, a.result)
UNION ALL
SELECT 1, NULL, NULL, 'the chain does not begin with it: rows were removed' COLLATE utf8mb4_general_ci FROM (SELECT 1 AS one) x WHERE NOT audit_has_start()
UNION ALL
SELECT 0, NULL, NULL, 'nothing keeps its rows from being changed: a trigger of audit_log is not as it was made; spotop db init makes it again' COLLATE utf8mb4_general_ci FROM (SELECT 1 AS one) x WHERE NOT audit_is_guarded()
UNION ALL
SELECT 0, NULL, NULL, CONCAT({{n_of(x.n, 'command was', 'commands were')}}, ' issued by verbs of which no row tells, the first ', x.id, ': rows were removed') COLLATE utf8mb4_general_ci
FROM (SELECT COUNT(*) AS n, MIN(c.id) AS id FROM commands c WHERE c.request_hash IS NOT NULL
	AND NOT EXISTS (SELECT 1 FROM v_audit b WHERE b.request_id = c.request_id)) x WHERE x.n > 0;
