-- A fleet in a schema of before revisions were counted: ten instances an agent, three commands, some alerts; @agents is set before.
SET @spotop_bulk = 1, @at = UTC_TIMESTAMP();
INSERT INTO clients (id, name, email, client_token) SELECT INSERT(INSERT(MD5(CONCAT('c', seq)), 13, 1, '4'), 17, 1, '8'), CONCAT('client-', seq), CONCAT(seq, '@example.com'), SHA2(seq, 256) FROM seq_0_to_19;
INSERT INTO spot_pools (id, instance_type, region, az) SELECT CONCAT('m5.large.us-east-1-', seq), 'm5.large', 'us-east-1', CONCAT('us-east-1-', seq) FROM seq_0_to_199;
INSERT INTO agents (id, client_id, logical_agent_id, instance_type, region, az, current_mode, current_pool_id, spot_price, ondemand_price, status, last_heartbeat_at, created_at, metadata)
SELECT INSERT(INSERT(MD5(CONCAT('a', seq)), 13, 1, '4'), 17, 1, '8'), INSERT(INSERT(MD5(CONCAT('c', seq MOD 20)), 13, 1, '4'), 17, 1, '8'), CONCAT('agent-', seq), 'm5.large', 'us-east-1',
	CONCAT('us-east-1-', seq MOD 200), 'spot', CONCAT('m5.large.us-east-1-', seq MOD 200), 0.031, 0.096, 'online', @at, @at - INTERVAL 60 DAY, JSON_OBJECT('login', SUBSTRING_INDEX(USER(), '@', 1))
FROM seq_0_to_99999 WHERE seq < @agents;
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, current_pool_id, spot_price, ondemand_price, is_active, instance_status, is_primary, created_at, launch_role)
SELECT CONCAT('i-', LEFT(MD5(CONCAT('b', a.seq, ':', k.seq)), 17)), INSERT(INSERT(MD5(CONCAT('c', a.seq MOD 20)), 13, 1, '4'), 17, 1, '8'), INSERT(INSERT(MD5(CONCAT('a', a.seq)), 13, 1, '4'), 17, 1, '8'),
	'm5.large', 'us-east-1', CONCAT('us-east-1-', a.seq MOD 200), 'spot', CONCAT('m5.large.us-east-1-', (a.seq + k.seq) MOD 200), 0.03, 0.096,
	k.seq < 6, CASE WHEN k.seq > 5 THEN 'terminated' WHEN k.seq = 0 THEN 'running_primary' ELSE 'running_replica' END, k.seq = 0, @at - INTERVAL a.seq MOD 40000 MINUTE, IF(k.seq = 0, 'primary', 'replica')
FROM seq_0_to_99999 a JOIN seq_0_to_9 k WHERE a.seq < @agents;
INSERT INTO commands (client_id, agent_id, command_type, target_mode, target_pool_id, priority, status, trigger_type, created_by, created_at)
SELECT INSERT(INSERT(MD5(CONCAT('c', seq MOD @agents MOD 20)), 13, 1, '4'), 17, 1, '8'), INSERT(INSERT(MD5(CONCAT('a', seq MOD @agents)), 13, 1, '4'), 17, 1, '8'), 'switch', 'pool', CONCAT('m5.large.us-east-1-', seq MOD 200),
	25, IF(seq MOD 50 = 0, 'pending', 'completed'), 'ml', 'optimizer', @at - INTERVAL seq MOD 80000 MINUTE
FROM seq_0_to_299999 WHERE seq < @agents * 3;
SET @spotop_bulk = NULL;
CALL instance_counts_recount();
