-- The switches since then by what caused them: how many failed, time without a primary, and what they save.
-- :param client str
-- :param since str
-- :param at str
SELECT w.event_trigger AS trigger_type, COUNT(*) AS switches, SUM(NOT w.success) AS failed, SUM(w.downtime_seconds) AS downtime_seconds, MAX(w.downtime_seconds) AS worst_downtime_seconds,
	SUM(IF(w.success, w.savings_impact, 0)) AS saves_usd_per_hour, GROUP_CONCAT(DISTINCT IF(w.success, NULL, CONCAT(a.logical_agent_id, ': ', COALESCE(w.error_message, 'no reason given'))) SEPARATOR '; ') AS failures
FROM switches w
LEFT JOIN agents a ON a.id = w.agent_id
LEFT JOIN clients c ON c.id = w.client_id
WHERE w.switched_at > :since AND w.switched_at <= :at AND (:client IS NULL OR c.name = :client)
GROUP BY w.event_trigger
ORDER BY w.event_trigger
