-- Where automatic switching is stopped now. -- :now
-- Where automatic switching was stopped at :at. -- :at
-- :past
SELECT f.id AS freeze_id, f.scope_type, COALESCE(c.name, a.logical_agent_id, NULLIF(f.scope_id, ''), 'the fleet') AS scope, f.scope_id, f.reason,
       f.created_by, f.created_at, f.expires_at, f.version -- :now
       f.created_by, f.created_at, f.expires_at, IF(f.thawed_at IS NULL, f.version, NULL) AS version -- :at
FROM automation_freezes f
LEFT JOIN clients c ON f.scope_type = 'client' AND c.id = f.scope_id
LEFT JOIN agents a ON f.scope_type = 'agent' AND a.id = f.scope_id
WHERE f.thawed_at IS NULL AND f.expires_at > NOW() -- :now
WHERE f.created_at <= :at AND f.expires_at > :at AND (f.thawed_at IS NULL OR f.thawed_at > :at) -- :at
