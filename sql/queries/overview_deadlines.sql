-- Agents under notice by seconds left: what each counts on, and whether it makes it (rescue.sql).
-- :param agent str
SELECT a.id AS agent_id, a.logical_agent_id AS agent, a.instance_id, a.az, a.notice_status, a.notice_deadline,
       p.left_s AS seconds_left,
       TIMESTAMPDIFF(SECOND, a.notice_received_at, NOW()) AS received_seconds_ago,
       p.verdict, p.margin_s AS margin_seconds, p.basis, p.boot_s AS boot_seconds, p.boot_n AS boot_samples,
       p.launching_id, p.launching_s AS launching_seconds, p.replica_id, p.boot_pool,
       r.rebalances_30d, r.became_terminations_30d
FROM (
	-- :include rescue
) p
JOIN agents a ON a.id = p.agent_id
CROSS JOIN (
	-- :include rebalance_rate
) r
ORDER BY a.notice_status = 'termination' DESC, p.left_s, a.logical_agent_id
