-- Agents under notice at :at by seconds left: what each counted on, and whether it made it, as overview_deadlines tells of now.
-- :param at str
-- :param agent str
SELECT s.id AS agent_id, s.logical_agent_id AS agent, s.instance_id, s.az, s.notice_then AS notice_status, s.notice_deadline_then AS notice_deadline,
	s.left_s AS seconds_left, TIMESTAMPDIFF(SECOND, s.noticed_at, CAST(:at AS DATETIME)) AS received_seconds_ago,
	s.verdict, s.margin_s AS margin_seconds, s.basis, s.boot_s AS boot_seconds, s.boot_n AS boot_samples,
	s.launching_id, s.launching_s AS launching_seconds, s.replica_id, s.boot_pool, s.replica_count, s.says,
	CAST(NULL AS INT) AS rebalances_30d, CAST(NULL AS INT) AS became_terminations_30d
FROM (
	-- :include asof_agents
) s
WHERE s.notice_then IN ('rebalance', 'termination') AND s.enabled_then
ORDER BY s.notice_then = 'termination' DESC, s.left_s, s.logical_agent_id
LIMIT 50
