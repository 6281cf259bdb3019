-- What the console's first line counts, as of :at. Freezes as of then too.
-- :param at str
-- :param agent str
SELECT (SELECT COUNT(*) FROM clients WHERE created_at <= :at) AS clients, COALESCE(SUM(g.enabled), 0) AS agents, COUNT(g.id) - COALESCE(SUM(g.enabled), 0) AS agents_off,
       (SELECT COUNT(*) FROM instances WHERE COALESCE(launch_requested_at, installed_at, created_at) <= :at
	AND NOT COALESCE(COALESCE(terminated_at, termination_confirmed_at, IF(instance_status = 'terminated', updated_at, NULL)) <= :at, 0)) AS instances,
       (SELECT COUNT(*) FROM automation_freezes f WHERE f.created_at <= :at AND f.expires_at > :at AND (f.thawed_at IS NULL OR f.thawed_at > :at)) AS freezes,
       CAST(NULL AS CHAR) AS freeze_scope, CAST(NULL AS CHAR) AS freeze_reason, CAST(NULL AS DATETIME) AS freeze_until, NOW(3) AS server_time,
       {{copy_of}} AS copy_of, JSON_VALUE((SELECT cm.details FROM schema_migrations cm WHERE cm.version = '7.0'), '$.lag_ms') AS copy_lag_ms,
       TIMESTAMPDIFF(SECOND, JSON_VALUE((SELECT cm.details FROM schema_migrations cm WHERE cm.version = '7.0'), '$.seen_at'), NOW()) AS copy_age_s
FROM (
	-- :include enabled_at
) g
