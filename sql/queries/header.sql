-- What the console's first line counts: clients, enabled agents, instances; how many freezes there are, and the
-- widest of them; how many agents have a Spot interruption notice and when the last came; the newest open alert, and the
-- gravest that came after :seen among the severities that are :chosen.
-- :param seen int
-- :param chosen str
SELECT (SELECT COUNT(*) FROM clients WHERE is_active) AS clients,
       t.enabled_count AS agents, t.agent_count - t.enabled_count AS agents_off,
       t.total_instances AS instances,
       (SELECT COUNT(*) FROM automation_freezes WHERE thawed_at IS NULL AND expires_at > NOW()) AS freezes,
       (SELECT COUNT(*) FROM agents WHERE notice_status = 'termination' AND enabled) AS termination_notices,
       (SELECT MAX(LEAST(notice_received_at, NOW())) FROM agents WHERE notice_status = 'termination' AND enabled) AS notice_at,
       (SELECT MAX(id) FROM alerts WHERE resolved_at IS NULL) AS alert_id, l.severity AS alert_severity, l.message AS alert_message,
       f.freeze_scope, f.freeze_reason, f.freeze_until, NOW(3) AS server_time,
       {{copy_of}} AS copy_of, JSON_VALUE((SELECT cm.details FROM schema_migrations cm WHERE cm.version = '7.0'), '$.lag_ms') AS copy_lag_ms,
       TIMESTAMPDIFF(SECOND, JSON_VALUE((SELECT cm.details FROM schema_migrations cm WHERE cm.version = '7.0'), '$.seen_at'), NOW()) AS copy_age_s
FROM v_fleet_totals t
LEFT JOIN alerts l ON l.id = (SELECT g.id FROM alerts g LEFT JOIN v_alert_kinds k ON k.kind = g.kind
	WHERE g.resolved_at IS NULL AND g.id > :seen AND FIND_IN_SET(g.severity, :chosen)
	ORDER BY COALESCE(k.place, 99), g.id DESC LIMIT 1)
LEFT JOIN (
	SELECT CASE z.scope_type WHEN 'all' THEN 'the fleet' WHEN 'client' THEN CONCAT('client ', COALESCE(c.name, z.scope_id))
	            WHEN 'agent' THEN COALESCE(a.logical_agent_id, z.scope_id) ELSE CONCAT(z.scope_type, ' ', z.scope_id) END AS freeze_scope,
	       z.reason AS freeze_reason, z.expires_at AS freeze_until
	FROM automation_freezes z
	LEFT JOIN clients c ON z.scope_type = 'client' AND c.id = z.scope_id
	LEFT JOIN agents a ON z.scope_type = 'agent' AND a.id = z.scope_id
	WHERE z.thawed_at IS NULL AND z.expires_at > NOW()
	ORDER BY FIELD(z.scope_type, 'all', 'region', 'az', 'client', 'pool', 'agent'), z.expires_at DESC
	LIMIT 1
) f ON TRUE
