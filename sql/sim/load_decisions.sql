-- Two decisions of the active model for agents number :from to :to; the older one was taken.
-- :param from int
-- :param to int
-- :param seed int
INSERT INTO ml_decisions (client_id, agent_id, model_id, current_pool_id, current_price, recommended_action, recommended_pool_id, expected_savings, confidence_score,
	risk_score, action_taken, command_id, actual_savings, decided_at)
SELECT m.client_id, m.agent_id, o.id, a.current_pool_id, a.spot_price, IF(k.seq = 2, 'switch', 'stay'), m.target_pool_id, IF(k.seq = 2, a.ondemand_price - a.spot_price, NULL),
	0.6 + (s.seq MOD 40) / 100, (s.seq MOD 30) / 100, k.seq = 2, IF(k.seq = 2, m.id, NULL), IF(k.seq = 2 AND m.success, a.ondemand_price - a.spot_price, NULL),
	m.created_at - INTERVAL 5 SECOND
FROM seq_1_to_1000000 s JOIN seq_1_to_2 k
JOIN commands m ON m.id = CAST(INSERT(INSERT(MD5(CONCAT('c', :seed, ':', s.seq, ':', k.seq)), 13, 1, '4'), 17, 1, '8') AS UUID)
JOIN agents a ON a.id = m.agent_id
LEFT JOIN (SELECT MAX(id) AS id FROM ml_models WHERE is_active) o ON TRUE
WHERE s.seq BETWEEN :from AND :to
