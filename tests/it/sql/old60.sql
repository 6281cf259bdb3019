-- A fleet in schema 6.0 as databases in the field hold it: plain types, another collation, no promise
-- kept by the engine, and everything in it that such a database comes to hold. Read by tests/it/migrate.c.
DROP DATABASE IF EXISTS old60;
CREATE DATABASE old60 CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
USE old60;
SET sql_mode = '', time_zone = '+00:00';
CREATE TABLE clients (id CHAR(36) PRIMARY KEY, name VARCHAR(255), email VARCHAR(255), client_token VARCHAR(255), plan VARCHAR(50), max_agents INT,
	max_instances INT, status VARCHAR(20), is_active BOOLEAN DEFAULT TRUE, total_savings DECIMAL(15,4), created_at TIMESTAMP NULL,
	updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, metadata LONGTEXT);
CREATE TABLE agents (id CHAR(36) PRIMARY KEY, client_id CHAR(36), logical_agent_id VARCHAR(255), hostname VARCHAR(255), instance_id VARCHAR(50),
	current_mode VARCHAR(20), current_pool_id VARCHAR(100), spot_price DECIMAL(10,6), agent_version VARCHAR(32), config_version INT, status VARCHAR(20),
	enabled BOOLEAN DEFAULT TRUE, last_heartbeat_at TIMESTAMP NULL, auto_switch_enabled BOOLEAN, manual_replica_enabled BOOLEAN, replica_count INT,
	notice_status ENUM('none','rebalance','termination'), notice_deadline TIMESTAMP NULL, cleanup_enabled BOOLEAN, created_at TIMESTAMP NULL,
	updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, metadata JSON, KEY (client_id));
CREATE TABLE agent_configs (agent_id CHAR(36) PRIMARY KEY, min_savings_percent DECIMAL(5,2), risk_threshold DECIMAL(3,2), max_switches_per_week INT,
	custom_config JSON, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);
CREATE TABLE spot_pools (id VARCHAR(128) PRIMARY KEY, pool_name VARCHAR(255), instance_type VARCHAR(64), region VARCHAR(32), az VARCHAR(48),
	is_active BOOLEAN, created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL);
CREATE TABLE instances (id VARCHAR(64) PRIMARY KEY, client_id CHAR(36), agent_id CHAR(36), instance_type VARCHAR(64), region VARCHAR(32), az VARCHAR(48),
	current_mode VARCHAR(20), current_pool_id VARCHAR(128), spot_price DECIMAL(10,6), ondemand_price DECIMAL(10,6), is_active BOOLEAN DEFAULT TRUE,
	instance_status VARCHAR(20) DEFAULT 'launching', is_primary BOOLEAN DEFAULT TRUE, launch_requested_at TIMESTAMP NULL, launch_confirmed_at TIMESTAMP NULL,
	launch_duration_seconds INT, terminated_at TIMESTAMP NULL, created_at TIMESTAMP NULL,
	updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, version INT, metadata JSON, KEY (agent_id));
CREATE TABLE commands (id CHAR(36) PRIMARY KEY, client_id CHAR(36), agent_id CHAR(36), request_id CHAR(36), command_type VARCHAR(50), target_mode VARCHAR(20),
	target_pool_id VARCHAR(100), instance_id VARCHAR(50), priority INT, status VARCHAR(20), success BOOLEAN, message TEXT, execution_result LONGTEXT,
	trigger_type VARCHAR(20), created_at TIMESTAMP NULL, executed_at TIMESTAMP NULL, completed_at TIMESTAMP NULL);
CREATE TABLE switches (id CHAR(36) PRIMARY KEY, client_id CHAR(36), agent_id CHAR(36), command_id CHAR(36), old_mode VARCHAR(20), new_mode VARCHAR(20),
	new_pool_id VARCHAR(100), event_trigger VARCHAR(20), trigger_type VARCHAR(20), instance_launched_at TIMESTAMP NULL, instance_ready_at TIMESTAMP NULL,
	`timestamp` TIMESTAMP NULL, downtime_seconds INT, timing_data JSON, success BOOLEAN, error_message TEXT);
CREATE TABLE instance_switches (id BIGINT PRIMARY KEY AUTO_INCREMENT, agent_id VARCHAR(255), old_instance_id VARCHAR(255), new_instance_id VARCHAR(255),
	switch_reason VARCHAR(100), switched_at TIMESTAMP NULL, success BOOLEAN, error_message TEXT, metadata JSON);
CREATE TABLE spot_price_snapshots (id BIGINT PRIMARY KEY AUTO_INCREMENT, pool_id VARCHAR(128), price DECIMAL(10,6), captured_at TIMESTAMP NULL,
	recorded_at TIMESTAMP NULL, agent_id CHAR(36), instance_role VARCHAR(20));
CREATE TABLE pricing_consolidated (id BIGINT PRIMARY KEY AUTO_INCREMENT, pool_id VARCHAR(128), price DECIMAL(10,6), `timestamp` TIMESTAMP NULL,
	data_source ENUM('agent','interpolated','backfilled'), consolidation_run_id CHAR(36), confidence_score DECIMAL(3,2), created_at TIMESTAMP NULL);
CREATE TABLE system_events (id BIGINT PRIMARY KEY AUTO_INCREMENT, event_type VARCHAR(50), severity VARCHAR(20), message TEXT, client_id CHAR(36),
	agent_id CHAR(36), metadata JSON, created_at TIMESTAMP NULL);
CREATE TABLE notifications (id CHAR(36) PRIMARY KEY, client_id CHAR(36), message TEXT, notification_type VARCHAR(50), is_read BOOLEAN, created_at TIMESTAMP NULL);
CREATE TABLE ml_models (id CHAR(36) PRIMARY KEY, model_name VARCHAR(255), model_version VARCHAR(50), model_type VARCHAR(50), is_active BOOLEAN, uploaded_at TIMESTAMP NULL);
CREATE TABLE pricing_reports (id CHAR(36) PRIMARY KEY);
CREATE TABLE our_own (id INT PRIMARY KEY);

-- Two clients with one address and one token; a plan, a number and a date that cannot be; an id that is no UUID.
INSERT INTO clients (id, name, email, client_token, plan, max_agents, status, created_at, updated_at, metadata) VALUES
	('11111111-1111-1111-1111-111111111111', 'Acme', 'ops@acme.example', 'token-acme', 'pro', 50, 'active', '2026-01-02', '2026-01-03', '{"a": 1}'),
	('22222222-2222-2222-2222-222222222222', 'Bolt', 'ops@acme.example', 'token-acme', 'platinum', -3, 'active', '0000-00-00', '2026-01-03', NULL),
	('client-3', 'Third', NULL, NULL, NULL, 100000, 'suspended', '2026-01-02', '2026-01-03', 'no json');
INSERT INTO spot_pools (id, pool_name, instance_type, region, az, is_active, created_at) VALUES
	('r3.large.us-east-1a', 'R3', 'r3.large', 'us-east-1', 'us-east-1a', 1, '2026-01-01'), ('half', NULL, NULL, 'us-east-1', 'us-east-1a', 1, '2026-01-01');
-- Agents 18 and 20 have one name; 4 has both switches on; 5 a deadline that never was; one has a client that is gone.
INSERT INTO agents (id, client_id, logical_agent_id, hostname, instance_id, current_mode, current_pool_id, agent_version, status, auto_switch_enabled,
	manual_replica_enabled, replica_count, notice_deadline, cleanup_enabled, last_heartbeat_at, created_at, updated_at)
SELECT CONCAT('aaaaaaaa-0000-0000-0000-', LPAD(seq, 12, '0')), IF(seq % 2, '11111111-1111-1111-1111-111111111111', 'client-3'),
	CONCAT('agent-', seq - IF(seq = 20, 2, 0)), CONCAT('host-', seq), CONCAT('i-', LPAD(seq, 6, '0')), IF(seq % 5, 'spot', 'on-demand'),
	IF(seq % 3, 'r3.large.us-east-1a', 'c3.large.us-east-1b'), IF(seq = 6, REPEAT('9', 30), '1.2'), IF(seq = 7, 'asleep', 'online'), 1, seq = 4, IF(seq = 8, 999, 1),
	IF(seq = 5, '0000-00-00', '2026-11-22'), 1, '2026-11-22 12:00:00', '2026-02-01', '2026-02-02' FROM seq_1_to_20;
INSERT INTO agents (id, client_id, logical_agent_id, updated_at) VALUES ('aaaaaaaa-0000-0000-0000-999999999999', 'nobody', 'lost', '2026-02-02');
INSERT INTO agent_configs (agent_id, min_savings_percent, risk_threshold, max_switches_per_week, custom_config, updated_at) VALUES
	('aaaaaaaa-0000-0000-0000-000000000001', 20, 0.4, 7, '{"x": 1}', '2026-02-02'), ('aaaaaaaa-0000-0000-0000-000000000002', 140, 0.4, 700, NULL, '2026-02-02'),
	('aaaaaaaa-0000-0000-0000-999999999999', 20, 0.4, 7, NULL, '2026-02-02');
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, current_pool_id, spot_price, ondemand_price, instance_status, is_primary,
	launch_requested_at, launch_confirmed_at, created_at, updated_at)
SELECT CONCAT('i-', LPAD(seq, 6, '0')), IF(seq % 2, '11111111-1111-1111-1111-111111111111', 'client-3'), CONCAT('aaaaaaaa-0000-0000-0000-', LPAD(seq, 12, '0')),
	'r3.large', 'us-east-1', 'us-east-1a', 'spot', 'r3.large.us-east-1a', 0.02, 0.17, CASE seq WHEN 3 THEN 'hibernating' WHEN 4 THEN 'running' ELSE 'running_primary' END,
	seq <> 4, '2026-03-01 10:00:00', IF(seq = 5, '2026-03-01 09:00:00', '2026-03-01 10:00:40'), '2026-03-01', '2026-03-02' FROM seq_1_to_20;
-- A second primary, the default of 6.0 (a launching primary), an unknown state, ids and references that cannot be kept, NULLs past every check.
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, is_active, instance_status, is_primary, created_at, updated_at, terminated_at) VALUES
	('i-second', '11111111-1111-1111-1111-111111111111', 'aaaaaaaa-0000-0000-0000-000000000001', 'r3.large', 'us-east-1', 'us-east-1a', 1, 'running_primary', 1, '2026-03-05', '2026-03-05', NULL),
	('i-default', '11111111-1111-1111-1111-111111111111', 'aaaaaaaa-0000-0000-0000-000000000001', 'r3.large', 'us-east-1', 'us-east-1a', 1, 'launching', 1, '2026-03-05', '2026-03-05', NULL),
	('i-replica', '11111111-1111-1111-1111-111111111111', 'aaaaaaaa-0000-0000-0000-000000000001', 'r3.large', 'us-east-1', 'us-east-1a', 1, 'running', 0, '2026-03-05', '2026-03-05', NULL),
	('i-weird', '11111111-1111-1111-1111-111111111111', 'aaaaaaaa-0000-0000-0000-000000000001', 'r3.large', 'us-east-1', 'us-east-1a', 1, 'weird', 0, '2026-03-05', '2026-03-05', NULL),
	('i-gone', '11111111-1111-1111-1111-111111111111', 'aaaaaaaa-0000-0000-0000-000000000001', 'r3.large', 'us-east-1', 'us-east-1a', 0, 'terminated', 1, '2026-03-05', '2026-03-05', '2026-03-06'),
	('i-another', '22222222-2222-2222-2222-222222222222', 'aaaaaaaa-0000-0000-0000-000000000001', 'r3.large', 'us-east-1', 'us-east-1a', 1, 'running_replica', 0, '2026-03-05', '2026-03-05', NULL),
	('i-much-too-long-an-instance-id', '11111111-1111-1111-1111-111111111111', NULL, 'r3.large', 'us-east-1', 'us-east-1a', 1, 'running', 0, '2026-03-05', '2026-03-05', NULL),
	('i-orphan', 'nobody', NULL, 'r3.large', 'us-east-1', 'us-east-1a', 1, 'running', 0, '2026-03-05', '2026-03-05', NULL),
	('i-null', NULL, 'aaaaaaaa-0000-0000-0000-000000000001', 'r3.large', 'us-east-1', 'us-east-1a', NULL, NULL, NULL, NULL, '2026-03-05', NULL);
INSERT INTO commands (id, client_id, agent_id, request_id, command_type, priority, status, success, message, execution_result, trigger_type, created_at, executed_at, completed_at)
SELECT CONCAT('cccccccc-0000-0000-0000-', LPAD(seq, 12, '0')), '11111111-1111-1111-1111-111111111111', CONCAT('aaaaaaaa-0000-0000-0000-', LPAD(1 + (2 * seq) % 20, 12, '0')),
	IF(seq < 3, '99999999-0000-0000-0000-000000000000', NULL), IF(seq = 9, 'dance', 'switch'), seq * 10, ELT(1 + seq % 4, 'pending', 'completed', 'exploded', 'executing'),
	IF(seq % 4 = 1, 1, NULL), 'm', IF(seq = 5, '{broken', '{"n": 1}'), 'automatic', '2026-04-01', IF(seq % 4, '2026-04-02', NULL), IF(seq % 4 = 1, '2026-04-03', NULL) FROM seq_1_to_40;
INSERT INTO switches (id, client_id, agent_id, command_id, old_mode, new_mode, event_trigger, trigger_type, instance_launched_at, instance_ready_at, `timestamp`, downtime_seconds, timing_data, success)
SELECT CONCAT('dddddddd-0000-0000-0000-', LPAD(seq, 12, '0')), '11111111-1111-1111-1111-111111111111', 'aaaaaaaa-0000-0000-0000-000000000001',
	CONCAT('cccccccc-0000-0000-0000-', LPAD(seq * 3, 12, '0')), 'on-demand', 'spot', 'ml', 'automatic', '2026-04-01 10:00:00', '2026-04-01 10:00:38',
	'2026-04-01 10:01:00' + INTERVAL seq HOUR, seq * 9000, '{"boot": 38}', seq % 5 > 0 FROM seq_1_to_20;
INSERT INTO instance_switches (agent_id, old_instance_id, new_instance_id, switch_reason, switched_at, success) VALUES
	('agent-1', 'i-000001', 'i-second', 'termination', '2026-05-01', 1), ('aaaaaaaa-0000-0000-0000-000000000003', 'i-1', 'i-2', 'because', '2026-05-02', 1),
	('nobody', 'a', 'b', 'c', '2026-05-03', 1), ('aaaaaaaa-0000-0000-0000-000000000002', 'a', 'b', 'c', '0000-00-00', 1);
INSERT INTO spot_price_snapshots (pool_id, price, captured_at, agent_id, instance_role)
SELECT ELT(1 + seq % 3, 'r3.large.us-east-1a', 'c3.large.us-east-1b', 'm3.large.us-east-1c'), seq / 10000, NOW() - INTERVAL (1500 - seq) MINUTE,
	IF(seq % 2, 'aaaaaaaa-0000-0000-0000-000000000001', NULL), ELT(1 + seq % 3, 'primary', 'replica', 'boss') FROM seq_1_to_1500;
INSERT INTO spot_price_snapshots (id, pool_id, price, captured_at) VALUES (2001, 'r3.large.us-east-1a', -1, NOW()), (2002, 'nopool', 1, NOW()),
	(2003, 'r3.large.us-east-1a', 1, '0000-00-00'), (2004, 'r3.large.us-east-1a', 1, NOW() - INTERVAL 200 DAY), (2005, 'r3.large.us-east-1a', 1, '2037-01-01'), (2006, NULL, 1, NOW());
INSERT INTO pricing_consolidated (pool_id, price, `timestamp`, data_source, confidence_score, created_at)
SELECT 'r3.large.us-east-1a', seq / 10000, DATE(NOW()) - INTERVAL (900 - seq) * 40 SECOND, IF(seq % 10, 'agent', 'interpolated'), 0.9, NOW() FROM seq_1_to_900;
INSERT INTO system_events (event_type, severity, message, client_id, agent_id, created_at)
SELECT 'tick', ELT(1 + seq % 3, 'info', 'warn', 'catastrophe'), CONCAT('event ', seq), IF(seq % 7, 'client-3', 'ghost'),
	IF(seq % 11, NULL, 'aaaaaaaa-0000-0000-0000-000000000002'), '2026-06-01' + INTERVAL seq * 5 HOUR FROM seq_1_to_600;
INSERT INTO notifications (id, client_id, message, notification_type, is_read, created_at) VALUES ('eeeeeeee-0000-0000-0000-000000000001', 'client-3', 'hello', 'alert', 0, '2026-06-01'),
	('eeeeeeee-0000-0000-0000-000000000002', 'client-3', NULL, 'info', NULL, '2026-06-01');
-- Two that differ in nothing that 7.0 tells them apart by: only the server knows, and says so.
INSERT INTO ml_models (id, model_name, model_version, model_type, is_active, uploaded_at) VALUES ('ffffffff-0000-0000-0000-000000000001', 'm', '1', 'random-forest', 1, '2026-06-01'),
	('ffffffff-0000-0000-0000-000000000002', 'm', '1', 'heuristic', 1, '2026-06-01'), ('ffffffff-0000-0000-0000-000000000003', 'm', '2', 'heuristic', 1, '2026-06-01');
