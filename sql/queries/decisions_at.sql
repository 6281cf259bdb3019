-- What the models had recommended by :at, and what had come of it by then.
-- :param agent str
-- :param client str
-- :param at str
SELECT d.id AS decision_id, d.decided_at, d.agent_id, a.logical_agent_id AS agent, c.name AS client, d.recommended_action, d.confidence_score, d.risk_score,
       d.current_pool_id AS current_pool, d.recommended_pool_id AS recommended_pool, d.expected_savings,
       IF(m.completed_at <= :at, d.actual_savings, NULL) AS actual_savings,
       CASE WHEN d.command_id IS NULL THEN NULL WHEN m.completed_at <= :at THEN d.action_taken ELSE 0 END AS action_taken,
       CASE WHEN d.command_id IS NULL THEN NULL WHEN m.id IS NULL OR m.created_at > :at THEN 'none' WHEN m.completed_at <= :at THEN m.status
            WHEN m.executed_at <= :at THEN 'executing' WHEN {{command_end(m)}} < :at THEN 'expired' ELSE 'pending' END AS outcome,
       CONCAT(o.model_name, ' ', o.model_version) AS model, IF(m.created_at <= :at, d.command_id, NULL) AS command_id, 'past' AS dated
FROM ml_decisions d
LEFT JOIN agents a ON a.id = d.agent_id
LEFT JOIN clients c ON c.id = d.client_id
LEFT JOIN ml_models o ON o.id = d.model_id
LEFT JOIN commands m ON m.id = d.command_id
WHERE d.decided_at <= :at AND (:agent IS NULL OR d.agent_id = :agent) AND (:client IS NULL OR c.name = :client)
