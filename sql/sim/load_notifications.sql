-- What the people of the clients were told of agents number :from to :to, one message in ten agents.
-- :param from int
-- :param to int
-- :param seed int
INSERT INTO notifications (client_id, message, notification_type, is_read, created_at)
SELECT a.client_id, CONCAT(a.logical_agent_id, ' got a rebalance recommendation'), 'warning', s.seq MOD 20 = 0, NOW() - INTERVAL 1000 + s.seq MOD 4000 MINUTE
FROM seq_1_to_1000000 s
JOIN agents a ON a.id = CAST(INSERT(INSERT(MD5(CONCAT('a', :seed, ':', s.seq)), 13, 1, '4'), 17, 1, '8') AS UUID)
WHERE s.seq BETWEEN :from AND :to AND s.seq MOD 10 = 0
