-- How many rebalances of 30 days, the newest 500 of them, became terminations within a day. One of the last hour counts only when it did:
-- what may still come true is neither for nor against it.
SELECT COUNT(*) AS rebalances_30d, COALESCE(SUM(f.is_ended), 0) AS became_terminations_30d
FROM (SELECT e.created_at, EXISTS (SELECT 1 FROM system_events t WHERE t.agent_id = e.agent_id AND t.event_type = 'termination_notice'
		AND t.created_at BETWEEN e.created_at AND e.created_at + INTERVAL 1 DAY) AS is_ended
	FROM (SELECT r.agent_id, r.created_at FROM system_events r WHERE r.event_type = 'rebalance_notice' AND r.created_at > NOW() - INTERVAL 30 DAY
		ORDER BY r.created_at DESC LIMIT 500) e) f
WHERE f.is_ended OR f.created_at < NOW() - INTERVAL 1 HOUR
