-- The rows of the bench, in the 7.0 schema; @agents and @prices are set before.
CALL bulk_begin();
SET @at = UTC_TIMESTAMP(), @hot = @agents DIV 400;
INSERT INTO clients (id, name, email, client_token) SELECT INSERT(INSERT(MD5(CONCAT('c', seq)), 13, 1, '4'), 17, 1, '8'), CONCAT('client-', seq), CONCAT(seq, '@example.com'), SHA2(seq, 256) FROM seq_0_to_19;
INSERT INTO spot_pools (id, instance_type, region, az) SELECT CONCAT('m5.large.us-east-1-', seq), 'm5.large', 'us-east-1', CONCAT('us-east-1-', seq) FROM seq_0_to_199;
INSERT INTO agents (id, client_id, logical_agent_id, hostname, instance_type, region, az, current_mode, current_pool_id, spot_price, ondemand_price, status, last_heartbeat_at, created_at, metadata)
SELECT INSERT(INSERT(MD5(CONCAT('a', seq)), 13, 1, '4'), 17, 1, '8'), INSERT(INSERT(MD5(CONCAT('c', seq MOD 20)), 13, 1, '4'), 17, 1, '8'), CONCAT('agent-', seq), CONCAT('host-', seq), 'm5.large', 'us-east-1',
	CONCAT('us-east-1-', seq MOD 200), 'spot', CONCAT('m5.large.us-east-1-', seq MOD 200), 0.031, 0.096, 'online', @at - INTERVAL IF(seq MOD 200 = 7, 600, seq MOD 25) SECOND, @at - INTERVAL 60 DAY, JSON_OBJECT('login', SUBSTRING_INDEX(USER(), '@', 1))
FROM seq_0_to_99999 WHERE seq < @agents;
-- ten instances an agent, six of them active; one agent in a hundred has no primary.
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, ami_id, current_mode, current_pool_id, spot_price, ondemand_price, baseline_ondemand_price, is_active, instance_status, is_primary,
	launch_requested_at, launch_confirmed_at, created_at, launch_role)
SELECT CONCAT('i-', LEFT(MD5(CONCAT('b', a.seq, ':', k.seq)), 17)), INSERT(INSERT(MD5(CONCAT('c', a.seq MOD 20)), 13, 1, '4'), 17, 1, '8'), INSERT(INSERT(MD5(CONCAT('a', a.seq)), 13, 1, '4'), 17, 1, '8'),
	'm5.large', 'us-east-1', CONCAT('us-east-1-', a.seq MOD 200), 'ami-0abcdef1234567890', IF(k.seq = 5, 'ondemand', 'spot'), CONCAT('m5.large.us-east-1-', (a.seq + k.seq) MOD 200), 0.02 + (a.seq * 7 MOD 1000) / 50000, 0.096, 0.096,
	k.seq < 6, CASE WHEN k.seq > 5 THEN 'terminated' WHEN k.seq = 0 AND a.seq MOD 100 <> 3 THEN 'running_primary' ELSE 'running_replica' END, k.seq = 0 AND a.seq MOD 100 <> 3,
	@at - INTERVAL 30 DAY, @at - INTERVAL 30 DAY + INTERVAL 40 SECOND, @at - INTERVAL 30 * 1440 - a.seq MOD 40000 MINUTE, IF(k.seq = 0, 'primary', 'replica')
FROM seq_0_to_99999 a JOIN seq_0_to_9 k WHERE a.seq < @agents;
-- Ten an agent on average: half evenly, half on the hot agents; one in five waits.
INSERT INTO commands (client_id, agent_id, command_type, target_mode, target_pool_id, priority, status, trigger_type, created_by, created_at)
SELECT INSERT(INSERT(MD5(CONCAT('c', n.a MOD 20)), 13, 1, '4'), 17, 1, '8'), INSERT(INSERT(MD5(CONCAT('a', n.a)), 13, 1, '4'), 17, 1, '8'), 'switch', 'pool', CONCAT('m5.large.us-east-1-', n.seq MOD 200),
	ELT(1 + n.seq MOD 5, 100, 75, 50, 25, 10), IF(n.seq DIV 400 MOD 5 = 0, 'pending', 'completed'), 'ml', 'optimizer', @at - INTERVAL n.seq MOD 80000 MINUTE
FROM (SELECT seq, IF(seq MOD 2, seq DIV 2 MOD @hot, seq DIV 2 MOD @agents) AS a FROM seq_0_to_999999 WHERE seq < @agents * 10) n;
INSERT INTO ml_decisions (client_id, agent_id, current_pool_id, current_price, recommended_action, recommended_pool_id, recommended_price, expected_savings, confidence_score, risk_score, decided_at)
SELECT INSERT(INSERT(MD5(CONCAT('c', n.a MOD 20)), 13, 1, '4'), 17, 1, '8'), INSERT(INSERT(MD5(CONCAT('a', n.a)), 13, 1, '4'), 17, 1, '8'), CONCAT('m5.large.us-east-1-', n.seq MOD 200), 0.031, 'stay',
	CONCAT('m5.large.us-east-1-', (n.seq + 1) MOD 200), 0.03, 0.001, 0.9, 0.1, @at - INTERVAL n.seq MOD 80000 MINUTE
FROM (SELECT seq, IF(seq MOD 2, seq DIV 2 MOD @hot, seq DIV 2 MOD @agents) AS a FROM seq_0_to_999999 WHERE seq < @agents * 10) n;
CALL partitions_ensure('spot_price_snapshots', DATE(@at) - INTERVAL 11 DAY, DATE(@at));
INSERT INTO spot_price_snapshots (agent_id, pool_id, price, observed_at, source_instance_role, created_at)
SELECT INSERT(INSERT(MD5(CONCAT('a', s.seq MOD @agents)), 13, 1, '4'), 17, 1, '8'), CONCAT('m5.large.us-east-1-', p.seq), 0.02 + (s.seq * 7 MOD 1000) / 100000, s.t, 'primary', s.t
FROM seq_0_to_199 p JOIN (SELECT seq, @at - INTERVAL (seq * 864000 DIV (@prices DIV 200)) SECOND AS t FROM seq_0_to_49999 WHERE seq < @prices DIV 200) s;
INSERT INTO pool_price_hourly (pool_id, hour_at, price_avg, price_min, price_max, price_open, price_close, sample_count)
SELECT pool_id, FROM_UNIXTIME(UNIX_TIMESTAMP(observed_at) DIV 3600 * 3600) AS h, AVG(price), MIN(price), MAX(price), MIN(price), MAX(price), COUNT(*) FROM spot_price_snapshots GROUP BY pool_id, h;
UPDATE spot_pools SET last_price = 0.02 + CRC32(id) MOD 1000 / 100000, last_price_at = @at;
INSERT INTO ondemand_prices (instance_type, region, price, recorded_at) VALUES ('m5.large', 'us-east-1', 0.096, @at - INTERVAL 90 DAY);
CALL bulk_end();
CALL instance_counts_recount();
OPTIMIZE TABLE spotop_agent_counts; -- the recount wrote each row twice
