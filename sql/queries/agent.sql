-- One agent, everything that is known of it.
-- :param agent str
SELECT s.*, c.max_switches_per_week, c.min_pool_duration_hours, c.min_savings_percent, c.blacklist_pools,
       (SELECT COUNT(*) FROM switches w WHERE w.agent_id = s.agent_id AND w.switched_at > NOW() - INTERVAL 7 DAY) AS switches_this_week
FROM v_agent_status s
LEFT JOIN agent_configs c ON c.agent_id = s.agent_id
WHERE s.agent_id = :agent
