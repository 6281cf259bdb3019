-- The settings of an agent as `config` takes them: one column each, its value as text.
-- :param agent str
SELECT IF(a.auto_switch_enabled, 'on', 'off') AS auto_switch, IF(a.manual_replica_enabled, 'on', 'off') AS manual_replica, IF(a.auto_terminate_enabled, 'on', 'off') AS auto_terminate,
	IF(a.replica_enabled, 'on', 'off') AS replica, IF(a.enabled, 'on', 'off') AS enabled, a.replica_count, a.terminate_wait_seconds, a.heartbeat_interval_seconds,
	COALESCE(g.max_switches_per_week, 10) AS max_switches_per_week, COALESCE(g.min_pool_duration_hours, 2) AS min_pool_duration_hours,
	TRIM(COALESCE(g.min_savings_percent, 15)) + 0 AS min_savings_percent, TRIM(COALESCE(g.risk_threshold, 0.3)) + 0 AS risk_threshold,
	COALESCE(REPLACE(REPLACE(REPLACE(REPLACE(g.preferred_azs, '[', ''), ']', ''), '"', ''), ' ', ''), '') AS preferred_azs,
	COALESCE(REPLACE(REPLACE(REPLACE(REPLACE(g.blacklist_pools, '[', ''), ']', ''), '"', ''), ' ', ''), '') AS blacklist_pools
FROM agents a
LEFT JOIN agent_configs g ON g.agent_id = a.id
WHERE a.id = :agent
