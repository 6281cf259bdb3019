-- One agent and its active instances, as its own cloud account would show them; notice: over, when another instance took over.
-- :param agent str
SELECT a.terminate_wait_seconds AS wait, a.auto_terminate_enabled AS auto_terminate, IF({{rescuer_of(a)}} IS NULL, a.notice_status, 'over') AS notice, a.replica_enabled, a.replica_count,
	a.region, i.id AS instance_id, i.instance_status AS status, i.is_primary, i.current_pool_id AS pool, i.current_mode AS mode
FROM agents a LEFT JOIN instances i ON i.agent_id = a.id AND i.is_active = TRUE
WHERE a.id = :agent ORDER BY i.is_primary DESC, i.created_at DESC, i.id
