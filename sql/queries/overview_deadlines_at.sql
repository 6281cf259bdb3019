-- Agents under notice at :at by seconds left; boot times are of now and not told.
-- :param at str
-- :param agent str
SELECT s.id AS agent_id, s.logical_agent_id AS agent, s.instance_id, s.az, s.notice_then AS notice_status, s.notice_deadline_then AS notice_deadline,
	TIMESTAMPDIFF(SECOND, :at, s.notice_deadline_then) AS seconds_left, TIMESTAMPDIFF(SECOND, s.noticed_at, :at) AS received_seconds_ago,
	CASE WHEN s.notice_then <> 'termination' THEN NULL WHEN s.notice_deadline_then < :at THEN 'MISSED' WHEN s.replica_count > 0 AND s.notice_deadline_then IS NOT NULL THEN 'MAKES IT' ELSE 'NOT KNOWN' END AS verdict,
	IF(s.replica_count > 0, TIMESTAMPDIFF(SECOND, :at, s.notice_deadline_then), NULL) AS margin_seconds,
	CASE WHEN s.notice_deadline_then IS NULL THEN 'its deadline is not known' WHEN s.notice_deadline_then < :at THEN CONCAT('its deadline passed ', {{in_words(TIMESTAMPDIFF(SECOND, s.notice_deadline_then, :at))}}, ' before')
		WHEN s.replica_count > 0 THEN 'a replica is ready' ELSE 'no replica, boot times of then are not kept' END AS basis,
	CAST(NULL AS INT) AS boot_seconds, CAST(NULL AS INT) AS boot_samples, CAST(NULL AS CHAR) AS launching_id, CAST(NULL AS INT) AS launching_seconds,
	CAST(NULL AS CHAR) AS replica_id, CAST(NULL AS CHAR) AS boot_pool, s.replica_count,
	CAST(NULL AS INT) AS rebalances_30d, CAST(NULL AS INT) AS became_terminations_30d
FROM (
	-- :include asof_agents
) s
WHERE s.notice_then IN ('rebalance', 'termination') AND s.enabled_then
ORDER BY s.notice_then = 'termination' DESC, s.notice_deadline_then, s.logical_agent_id
LIMIT 50
