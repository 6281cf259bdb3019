-- A fleet in schema 5.1: tables under other names, ids that are no UUIDs, logs of their own. Read by tests/it/migrate.c.
DROP DATABASE IF EXISTS old51;
CREATE DATABASE old51 CHARACTER SET latin1;
USE old51;
SET sql_mode = '', time_zone = '+00:00';
CREATE TABLE clients (id CHAR(36) PRIMARY KEY, name VARCHAR(255), email VARCHAR(255), client_token VARCHAR(255), plan VARCHAR(50), status VARCHAR(20), created_at TIMESTAMP NULL);
CREATE TABLE agents (id CHAR(36) PRIMARY KEY, client_id CHAR(36), logical_agent_id VARCHAR(255), instance_id VARCHAR(50), instance_type VARCHAR(50), region VARCHAR(50), az VARCHAR(50),
	current_mode VARCHAR(20), current_pool_id VARCHAR(100), status VARCHAR(20), enabled BOOLEAN, terminated_at TIMESTAMP NULL, created_at TIMESTAMP NULL);
CREATE TABLE instances (id VARCHAR(64) PRIMARY KEY, client_id CHAR(36), agent_id CHAR(36), instance_type VARCHAR(64), region VARCHAR(32), az VARCHAR(48), is_active BOOLEAN,
	instance_status VARCHAR(20), is_primary BOOLEAN, created_at TIMESTAMP NULL);
CREATE TABLE pending_switch_commands (id BIGINT PRIMARY KEY AUTO_INCREMENT, client_id CHAR(36), agent_id CHAR(36), instance_id VARCHAR(64), target_mode VARCHAR(20), target_pool_id VARCHAR(128),
	priority INT, terminate_wait_seconds INT, created_at TIMESTAMP NULL, executed_at TIMESTAMP NULL, execution_result JSON);
CREATE TABLE switch_history (id BIGINT PRIMARY KEY AUTO_INCREMENT, agent_id VARCHAR(255), old_instance_id VARCHAR(255), new_instance_id VARCHAR(255), switch_reason VARCHAR(100), switched_at TIMESTAMP NULL, success BOOLEAN);
CREATE TABLE replica_instances (id VARCHAR(255) PRIMARY KEY, agent_id VARCHAR(255), instance_id VARCHAR(255), pool_id VARCHAR(128), instance_type VARCHAR(50), region VARCHAR(50), az VARCHAR(50),
	status ENUM('launching','syncing','ready','promoted','terminated','failed'), created_at TIMESTAMP NULL, launched_at TIMESTAMP NULL, ready_at TIMESTAMP NULL, terminated_at TIMESTAMP NULL);
CREATE TABLE spot_prices (id CHAR(36) PRIMARY KEY, pool_id VARCHAR(100), price DECIMAL(10,6), recorded_at TIMESTAMP NULL);
CREATE TABLE pricing_submissions_raw (id BIGINT PRIMARY KEY AUTO_INCREMENT, source_instance_id VARCHAR(255), source_agent_id VARCHAR(255), source_type ENUM('primary','replica-manual','replica-automatic'),
	pool_id VARCHAR(128), spot_price DECIMAL(10,6), observed_at TIMESTAMP NULL, received_at TIMESTAMP NULL, is_duplicate BOOLEAN);
CREATE TABLE pricing_snapshots_clean (id BIGINT PRIMARY KEY AUTO_INCREMENT, pool_id VARCHAR(128), spot_price DECIMAL(10,6), time_bucket TIMESTAMP NULL, data_source ENUM('measured','interpolated'), created_at TIMESTAMP NULL);
CREATE TABLE spot_interruption_events (id BIGINT PRIMARY KEY AUTO_INCREMENT, instance_id VARCHAR(255), agent_id VARCHAR(255), pool_id VARCHAR(128),
	signal_type ENUM('rebalance-recommendation','termination-notice'), detected_at TIMESTAMP NULL, response_action VARCHAR(50), failover_time_ms INT, created_at TIMESTAMP NULL);
CREATE TABLE audit_logs (id CHAR(36) PRIMARY KEY, entity_type VARCHAR(50), entity_id CHAR(36), action VARCHAR(100), actor_id VARCHAR(100), details JSON, created_at TIMESTAMP NULL);
CREATE TABLE client_savings_daily (id BIGINT PRIMARY KEY AUTO_INCREMENT, client_id CHAR(36), date DATE, baseline_cost DECIMAL(15,4), actual_cost DECIMAL(15,4), savings DECIMAL(15,4), savings_percentage DECIMAL(5,2), switch_count INT);
CREATE TABLE notifications (id CHAR(36) PRIMARY KEY, client_id CHAR(36), title VARCHAR(255), message TEXT, notification_type VARCHAR(50), severity VARCHAR(20), is_read BOOLEAN, created_at TIMESTAMP NULL);
CREATE TABLE risk_scores (id BIGINT PRIMARY KEY);
INSERT INTO clients VALUES ('acme', 'Acme', 'ops@acme.example', 'plain', 'basic', 'active', '2025-01-01');
INSERT INTO agents (id, client_id, logical_agent_id, instance_id, instance_type, region, az, current_mode, current_pool_id, status, enabled, terminated_at, created_at) VALUES
	('one', 'acme', 'agent-1', 'i-1', 'r3.large', 'us-east-1', 'us-east-1a', 'spot', 'r3.large.us-east-1a', 'online', 1, NULL, '2025-01-01'),
	('two', 'acme', 'agent-2', 'i-2', 'r3.large', 'us-east-1', 'us-east-1a', 'ondemand', NULL, 'deleted', 1, '2025-05-01', '2025-01-01');
INSERT INTO instances VALUES ('i-1', 'acme', 'one', 'r3.large', 'us-east-1', 'us-east-1a', 1, 'running', 1, '2025-01-01'), ('i-2', 'acme', 'two', 'r3.large', 'us-east-1', 'us-east-1a', 0, 'stopped', 1, '2025-01-01');
INSERT INTO pending_switch_commands (client_id, agent_id, target_mode, priority, created_at, executed_at) VALUES ('acme', 'one', 'ondemand', 75, '2025-06-01', '2025-06-01 00:01:00'), ('acme', 'one', 'spot', 25, '2025-06-02', NULL);
INSERT INTO switch_history (agent_id, old_instance_id, new_instance_id, switch_reason, switched_at, success) VALUES ('one', 'i-0', 'i-1', 'manual', '2025-06-03', 1), ('agent-2', 'i-0', 'i-2', 'ml_model', '2025-06-03', 0);
INSERT INTO replica_instances (id, agent_id, instance_id, pool_id, instance_type, region, az, status, created_at) VALUES ('replica-1', 'one', 'i-9', 'r3.large.us-east-1a', 'r3.large', 'us-east-1', 'us-east-1a', 'ready', '2025-06-03');
INSERT INTO spot_prices SELECT UUID(), 'r3.large.us-east-1a', 0.02, NOW() - INTERVAL seq MINUTE FROM seq_1_to_50;
INSERT INTO pricing_submissions_raw (source_instance_id, source_agent_id, source_type, pool_id, spot_price, observed_at, received_at, is_duplicate)
SELECT 'i-1', IF(seq % 2, 'one', 'agent-1'), 'replica-manual', 'm4.large.eu-west-1b', 0.03, NOW() - INTERVAL seq MINUTE, NOW(), 0 FROM seq_1_to_50;
INSERT INTO pricing_snapshots_clean (pool_id, spot_price, time_bucket, data_source, created_at) SELECT 'r3.large.us-east-1a', 0.02, DATE(NOW()) - INTERVAL seq * 5 MINUTE, 'measured', NOW() FROM seq_1_to_50;
INSERT INTO spot_interruption_events (instance_id, agent_id, pool_id, signal_type, detected_at, response_action, failover_time_ms, created_at) VALUES ('i-1', 'one', 'r3.large.us-east-1a', 'termination-notice', '2025-07-01', 'no-action', 900, '2025-07-01');
INSERT INTO audit_logs VALUES (UUID(), 'agent', 'one', 'disabled', 'eve', '{"why": "test"}', '2025-07-02');
INSERT INTO client_savings_daily (client_id, date, baseline_cost, actual_cost, savings) VALUES ('acme', '2025-07-01', 10, 4, 6), ('acme', '2025-07-01', 10, 5, 5);
INSERT INTO notifications VALUES (UUID(), 'acme', 'Title', 'text', 'switch_done', 'warning', 0, '2025-07-02');
