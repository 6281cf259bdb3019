-- The cloud's notices since then: how many of each, on how many agents, and how many of the warnings became terminations.
-- :param client str
-- :param since str
-- :param at str
SELECT e.event_type AS notice, COUNT(*) AS n, COUNT(DISTINCT e.agent_id) AS agents,
	IF(e.event_type = 'rebalance_notice', SUM(EXISTS (SELECT 1 FROM system_events t WHERE t.agent_id = e.agent_id AND t.event_type = 'termination_notice'
		AND t.created_at BETWEEN e.created_at AND LEAST(e.created_at + INTERVAL 1 DAY, :at))), NULL) AS became_terminations, MAX(e.created_at) AS last_at
FROM system_events e LEFT JOIN clients c ON c.id = e.client_id
WHERE e.event_type IN ('rebalance_notice', 'termination_notice') AND e.created_at > :since AND e.created_at <= :at AND (:client IS NULL OR c.name = :client)
GROUP BY e.event_type
