-- What the log holds of agents number :from to :to: their switches, and a notice of every tenth.
-- :param from int
-- :param to int
-- :param seed int
INSERT INTO system_events (event_type, severity, message, client_id, agent_id, instance_id, metadata, created_at)
SELECT IF(k.seq = 3, 'rebalance_notice', IF(s.seq MOD 40 = 7, 'switch_failed', 'switch_completed')), IF(k.seq = 3 OR s.seq MOD 40 = 7, 'warning', 'info'),
	CONCAT(a.logical_agent_id, IF(k.seq = 3, ' got a rebalance recommendation', CONCAT(': switch to ', a.current_pool_id))), a.client_id, a.id, a.instance_id,
	JSON_OBJECT('pool', a.current_pool_id), NOW() - INTERVAL 60 * (24 * k.seq + s.seq MOD 17) + s.seq MOD 60 + 57 MINUTE
FROM seq_1_to_1000000 s JOIN seq_1_to_3 k ON k.seq < 3 OR s.seq MOD 10 = 0
JOIN agents a ON a.id = CAST(INSERT(INSERT(MD5(CONCAT('a', :seed, ':', s.seq)), 13, 1, '4'), 17, 1, '8') AS UUID)
WHERE s.seq BETWEEN :from AND :to
