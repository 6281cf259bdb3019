-- One agent, everything that is known of it.
-- :param agent str
SELECT s.*, c.max_switches_per_week, c.min_pool_duration_hours, c.min_savings_percent, c.blacklist_pools,
       (SELECT COUNT(*) FROM switches w WHERE w.agent_id = s.agent_id AND w.switched_at > NOW() - INTERVAL 7 DAY) AS switches_this_week,
       (SELECT COUNT(*) FROM v_outages o WHERE o.agent_id = s.agent_id AND NOT o.is_planned AND COALESCE(o.ended_at > NOW() - INTERVAL 30 DAY, TRUE)) AS outages_30d,
       (SELECT COALESCE(SUM(o.seconds), 0) FROM v_outages o WHERE o.agent_id = s.agent_id AND NOT o.is_planned AND COALESCE(o.ended_at > NOW() - INTERVAL 30 DAY, TRUE)) AS outage_seconds_30d,
       (SELECT SUM(w.downtime_seconds) FROM switches w WHERE w.agent_id = s.agent_id AND w.success AND w.switched_at > NOW() - INTERVAL 30 DAY) AS switch_downtime_seconds_30d
FROM v_agent_status s
LEFT JOIN agent_configs c ON c.agent_id = s.agent_id
WHERE s.agent_id = :agent
