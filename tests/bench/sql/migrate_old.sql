-- A fleet in schema 6.0 to migrate: 200 agents, 1,000 instances and commands, and @prices prices of the last 20 hours.
DROP DATABASE IF EXISTS old;
CREATE DATABASE old CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
USE old;
CREATE TABLE clients (id CHAR(36) PRIMARY KEY, name VARCHAR(255), email VARCHAR(255), client_token VARCHAR(255), plan VARCHAR(50), created_at TIMESTAMP NULL);
CREATE TABLE agents (id CHAR(36) PRIMARY KEY, client_id CHAR(36), logical_agent_id VARCHAR(255), hostname VARCHAR(255), instance_id VARCHAR(50), current_mode VARCHAR(20), current_pool_id VARCHAR(100), spot_price DECIMAL(10,6),
	config_version INT, status VARCHAR(20), last_heartbeat_at TIMESTAMP NULL, created_at TIMESTAMP NULL, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, KEY (client_id));
CREATE TABLE spot_pools (id VARCHAR(128) PRIMARY KEY, pool_name VARCHAR(255), instance_type VARCHAR(64), region VARCHAR(32), az VARCHAR(48), created_at TIMESTAMP NULL);
CREATE TABLE instances (id VARCHAR(64) PRIMARY KEY, client_id CHAR(36), agent_id CHAR(36), instance_type VARCHAR(64), region VARCHAR(32), az VARCHAR(48), current_mode VARCHAR(20), current_pool_id VARCHAR(128),
	is_active BOOLEAN DEFAULT TRUE, instance_status VARCHAR(20), is_primary BOOLEAN, launch_requested_at TIMESTAMP NULL, created_at TIMESTAMP NULL, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, KEY (agent_id));
CREATE TABLE commands (id CHAR(36) PRIMARY KEY, client_id CHAR(36), agent_id CHAR(36), command_type VARCHAR(50), priority INT, status VARCHAR(20), message TEXT, created_at TIMESTAMP NULL, KEY (agent_id));
CREATE TABLE spot_price_snapshots (id BIGINT PRIMARY KEY AUTO_INCREMENT, pool_id VARCHAR(128), price DECIMAL(10,6), captured_at TIMESTAMP NULL, agent_id CHAR(36), instance_role VARCHAR(20), KEY (captured_at));
INSERT INTO clients SELECT CONCAT('11111111-0000-0000-0000-', LPAD(seq, 12, '0')), CONCAT('client ', seq), CONCAT('ops@', seq, '.example'), CONCAT('token-', seq), 'pro', NOW() FROM seq_1_to_5;
INSERT INTO spot_pools SELECT CONCAT(ELT(1 + seq % 5, 'r3', 'c3', 'm4', 'm5', 'c5'), '.large.us-east-1', CHAR(97 + seq DIV 5)), 'pool', CONCAT(ELT(1 + seq % 5, 'r3', 'c3', 'm4', 'm5', 'c5'), '.large'), 'us-east-1', CONCAT('us-east-1', CHAR(97 + seq DIV 5)), NOW() FROM seq_0_to_19;
INSERT INTO agents SELECT CONCAT('aaaaaaaa-0000-0000-0000-', LPAD(seq, 12, '0')), CONCAT('11111111-0000-0000-0000-', LPAD(1 + seq % 5, 12, '0')), CONCAT('agent-', seq), CONCAT('host-', seq), CONCAT('i-', LPAD(seq, 8, '0')), 'spot', 'r3.large.us-east-1a', 0.02, 1, 'online', NOW(), NOW(), NOW() FROM seq_1_to_200;
INSERT INTO instances SELECT CONCAT('i-', LPAD(seq, 8, '0')), CONCAT('11111111-0000-0000-0000-', LPAD(1 + seq % 200 % 5, 12, '0')), CONCAT('aaaaaaaa-0000-0000-0000-', LPAD(1 + (seq - 1) % 200, 12, '0')), 'r3.large', 'us-east-1', 'us-east-1a', 'spot', 'r3.large.us-east-1a',
	seq <= 400, IF(seq <= 200, 'running_primary', IF(seq <= 400, 'running_replica', 'terminated')), seq <= 200, NOW() - INTERVAL 1 DAY, NOW() - INTERVAL 1 DAY, NOW() FROM seq_1_to_1000;
UPDATE instances i JOIN agents a ON a.id = i.agent_id SET i.client_id = a.client_id;
INSERT INTO commands SELECT CONCAT('cccccccc-0000-0000-0000-', LPAD(seq, 12, '0')), a.client_id, a.id, 'switch', 75, IF(seq % 10, 'completed', 'pending'), 'm', NOW() FROM seq_1_to_1000 JOIN agents a ON a.id = CONCAT('aaaaaaaa-0000-0000-0000-', LPAD(1 + seq % 200, 12, '0'));
INSERT INTO spot_price_snapshots (pool_id, price, captured_at, agent_id, instance_role)
SELECT CONCAT(ELT(1 + seq % 5, 'r3', 'c3', 'm4', 'm5', 'c5'), '.large.us-east-1', CHAR(97 + seq DIV 5 % 4)), (seq % 9000) / 10000, NOW() - INTERVAL (@prices - seq) * 72000 DIV @prices SECOND,
	CONCAT('aaaaaaaa-0000-0000-0000-', LPAD(1 + seq % 200, 12, '0')), 'primary' FROM seq_1_to_10000000 WHERE seq <= @prices;
