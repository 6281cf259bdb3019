-- Two commands of agents number :from to :to that are over: a switch by the model, now and then one that failed.
-- :param from int
-- :param to int
-- :param seed int
INSERT INTO commands (id, client_id, agent_id, command_type, target_mode, target_pool_id, priority, status, success, message, trigger_type, created_by,
	created_at, executed_at, completed_at, stage, stage_at, fence, attempts)
SELECT INSERT(INSERT(MD5(CONCAT('c', :seed, ':', s.seq, ':', k.seq)), 13, 1, '4'), 17, 1, '8'), a.client_id, a.id, 'switch', 'pool', a.current_pool_id, 25,
	IF(s.seq MOD 40 = 7, 'failed', 'completed'), s.seq MOD 40 <> 7, IF(s.seq MOD 40 = 7, 'no capacity in this pool', NULL), 'ml', 'ml',
	NOW() - INTERVAL 60 * (24 * k.seq + s.seq MOD 17) + s.seq MOD 60 + 60 MINUTE, NOW() - INTERVAL 60 * (24 * k.seq + s.seq MOD 17) + s.seq MOD 60 + 59 MINUTE,
	NOW() - INTERVAL 60 * (24 * k.seq + s.seq MOD 17) + s.seq MOD 60 + 57 MINUTE, 'done', NOW() - INTERVAL 60 * (24 * k.seq + s.seq MOD 17) + s.seq MOD 60 + 57 MINUTE, 1, 1
FROM seq_1_to_1000000 s JOIN seq_1_to_2 k
JOIN agents a ON a.id = CAST(INSERT(INSERT(MD5(CONCAT('a', :seed, ':', s.seq)), 13, 1, '4'), 17, 1, '8') AS UUID)
WHERE s.seq BETWEEN :from AND :to
