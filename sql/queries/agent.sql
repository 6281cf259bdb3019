-- One agent, everything that is known of it.
-- :param agent str
SELECT s.*, a.hostname, a.private_ip, a.public_ip, a.agent_version, a.config_version, a.last_heartbeat_at, a.terminate_wait_seconds,
       a.replica_count AS wanted_replicas, a.fastest_boot_pool_id, a.created_at,
       c.max_switches_per_week, c.min_pool_duration_hours, c.min_savings_percent, c.blacklist_pools,
       (SELECT COUNT(*) FROM switches w WHERE w.agent_id = a.id AND w.switched_at > NOW() - INTERVAL 7 DAY) AS switches_this_week
FROM v_agent_status s
JOIN agents a ON a.id = s.agent_id
LEFT JOIN agent_configs c ON c.agent_id = a.id
WHERE s.agent_id = :agent
