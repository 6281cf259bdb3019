-- Agents under notice by seconds left: is a replica ready, else how long what takes over needs (rescue.sql).
-- :param agent str
SELECT a.id AS agent_id, a.logical_agent_id AS agent, a.instance_id, a.az, a.notice_status, a.notice_deadline,
       TIMESTAMPDIFF(SECOND, NOW(), a.notice_deadline) AS seconds_left,
       TIMESTAMPDIFF(SECOND, a.notice_received_at, NOW()) AS received_seconds_ago,
       COALESCE(c.replica_count, 0) AS replica_count, p.boot_pool, p.boot_s AS boot_seconds, p.boot_n AS boot_samples,
       p.launching_id, p.launching_s AS launching_seconds,
       CASE WHEN a.notice_deadline IS NULL THEN NULL
            WHEN c.replica_count > 0 THEN TIMESTAMPDIFF(SECOND, NOW(), a.notice_deadline)
            ELSE TIMESTAMPDIFF(SECOND, NOW(), a.notice_deadline) - p.takes_s END AS margin_seconds,
       r.rebalances_30d, r.became_terminations_30d
FROM (
	-- :include rescue
) p
JOIN agents a ON a.id = p.agent_id
CROSS JOIN (
	-- :include rebalance_rate
) r
LEFT JOIN instance_counts c ON c.client_id = a.client_id AND c.agent_id = a.id AND c.slot = 0
ORDER BY a.notice_status = 'termination' DESC, a.notice_deadline, a.logical_agent_id
