-- Agents under notice by seconds left: is a replica ready, else how long the fastest known pool takes to boot.
SELECT s.agent_id, s.agent, s.client, s.instance_id, s.az, s.notice_status, s.notice_deadline, a.notice_received_at,
       TIMESTAMPDIFF(SECOND, NOW(), s.notice_deadline) AS seconds_left,
       TIMESTAMPDIFF(SECOND, a.notice_received_at, NOW()) AS received_seconds_ago,
       s.replica_count, p.id AS boot_pool, p.avg_boot_time_seconds AS boot_seconds, p.boot_sample_count AS boot_samples,
       CASE WHEN s.notice_deadline IS NULL THEN NULL
            WHEN s.replica_count > 0 THEN TIMESTAMPDIFF(SECOND, NOW(), s.notice_deadline)
            ELSE TIMESTAMPDIFF(SECOND, NOW(), s.notice_deadline) - p.avg_boot_time_seconds END AS margin_seconds
FROM v_agent_status s
JOIN agents a ON a.id = s.agent_id
LEFT JOIN spot_pools p ON p.id = a.fastest_boot_pool_id AND p.boot_sample_count > 0
WHERE s.notice_status <> 'none' AND s.enabled
ORDER BY s.notice_status = 'termination' DESC, s.notice_deadline, s.agent
LIMIT 50
