-- What the models recommended, how sure they were, and what came of it.
-- :param agent str
-- :param client str
-- :param dated str
SELECT d.id AS decision_id, d.decided_at, d.agent_id, a.logical_agent_id AS agent, c.name AS client, d.recommended_action, d.confidence_score, d.risk_score,
       d.current_pool_id AS current_pool, d.recommended_pool_id AS recommended_pool, d.expected_savings, d.actual_savings, d.action_taken,
       CASE WHEN d.command_id IS NULL THEN IF(d.action_taken, 'taken', 'none') ELSE COALESCE({{command_status(m)}}, 'unknown') END AS outcome,
       CONCAT(o.model_name, ' ', o.model_version) AS model, d.command_id, {{dated(d.decided_at)}} AS dated
FROM ml_decisions d
LEFT JOIN agents a ON a.id = d.agent_id
LEFT JOIN clients c ON c.id = d.client_id
LEFT JOIN ml_models o ON o.id = d.model_id
LEFT JOIN commands m ON m.id = d.command_id
WHERE (:agent IS NULL OR d.agent_id = :agent) AND (:client IS NULL OR c.name = :client) AND {{is_dated(d.decided_at, :dated)}}
