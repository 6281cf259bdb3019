-- Agents under notice by seconds left: is a replica ready, else how long the fastest known pool takes to boot.
SELECT a.id AS agent_id, a.logical_agent_id AS agent, a.instance_id, a.az, a.notice_status, a.notice_deadline,
       TIMESTAMPDIFF(SECOND, NOW(), a.notice_deadline) AS seconds_left,
       TIMESTAMPDIFF(SECOND, a.notice_received_at, NOW()) AS received_seconds_ago,
       COALESCE(c.replica_count, 0) AS replica_count, p.id AS boot_pool,
       COALESCE(p.boot_p95_seconds, p.avg_boot_time_seconds) AS boot_seconds, p.boot_sample_count AS boot_samples,
       CASE WHEN a.notice_deadline IS NULL THEN NULL
            WHEN c.replica_count > 0 THEN TIMESTAMPDIFF(SECOND, NOW(), a.notice_deadline)
            ELSE TIMESTAMPDIFF(SECOND, NOW(), a.notice_deadline) - CAST(COALESCE(p.boot_p95_seconds, p.avg_boot_time_seconds) AS SIGNED) END AS margin_seconds,
       (SELECT COUNT(*) FROM system_events e WHERE e.event_type = 'rebalance_notice' AND e.created_at > NOW() - INTERVAL 30 DAY) AS rebalances_30d,
       (SELECT COUNT(*) FROM system_events e WHERE e.event_type = 'rebalance_notice' AND e.created_at > NOW() - INTERVAL 30 DAY
          AND EXISTS (SELECT 1 FROM system_events t WHERE t.agent_id = e.agent_id AND t.event_type = 'termination_notice'
                      AND t.created_at BETWEEN e.created_at AND e.created_at + INTERVAL 1 DAY)) AS became_terminations_30d
FROM agents a
LEFT JOIN instance_counts c ON c.client_id = a.client_id AND c.agent_id = a.id AND c.slot = 0
LEFT JOIN spot_pools p ON p.id = a.fastest_boot_pool_id AND p.boot_sample_count > 0
WHERE a.notice_status IN ('rebalance', 'termination') AND a.enabled
ORDER BY a.notice_status = 'termination' DESC, a.notice_deadline, a.logical_agent_id
LIMIT 50
