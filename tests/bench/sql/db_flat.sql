-- A fleet of @agents agents with one instance each, in the 7.0 schema: as many in a hundred silent and without a
-- primary as in db_fill.sql.
CALL bulk_begin();
SET @at = NOW();
INSERT INTO clients (id, name, email, client_token) SELECT INSERT(INSERT(MD5(CONCAT('c', seq)), 13, 1, '4'), 17, 1, '8'), CONCAT('client-', seq), CONCAT(seq, '@example.com'), SHA2(seq, 256) FROM seq_0_to_19;
INSERT INTO agents (id, client_id, logical_agent_id, current_mode, status, last_heartbeat_at)
SELECT INSERT(INSERT(MD5(CONCAT('a', seq)), 13, 1, '4'), 17, 1, '8'), INSERT(INSERT(MD5(CONCAT('c', seq MOD 20)), 13, 1, '4'), 17, 1, '8'), CONCAT('agent-', seq), 'spot', 'online',
	@at - INTERVAL IF(seq MOD 200 = 7, 600, seq MOD 25) SECOND
FROM seq_0_to_99999 WHERE seq < @agents;
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, instance_status, is_primary)
SELECT CONCAT('i-', LEFT(MD5(CONCAT('b', seq)), 17)), INSERT(INSERT(MD5(CONCAT('c', seq MOD 20)), 13, 1, '4'), 17, 1, '8'), INSERT(INSERT(MD5(CONCAT('a', seq)), 13, 1, '4'), 17, 1, '8'),
	'm5.large', 'us-east-1', 'us-east-1a', IF(seq MOD 100 = 3, 'running_replica', 'running_primary'), seq MOD 100 <> 3
FROM seq_0_to_99999 WHERE seq < @agents;
CALL bulk_end();
CALL instance_counts_recount();
OPTIMIZE TABLE spotop_agent_counts; -- the recount wrote each row twice
ANALYZE TABLE agents, instances, spotop_agent_counts;
