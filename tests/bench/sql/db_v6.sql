-- 6.0 as the report describes it, with the rows of 7.0: states are VARCHAR, identifiers utf8mb4 text, and
-- the only secondary indexes are on client and on the time of creation. The rows come from spot_optimizer.
CREATE TABLE agents (id CHAR(36) NOT NULL, client_id CHAR(36) NOT NULL, logical_agent_id VARCHAR(128), hostname VARCHAR(255), instance_type VARCHAR(64), region VARCHAR(50), az VARCHAR(50), current_mode VARCHAR(20),
	current_pool_id VARCHAR(128), spot_price DECIMAL(10,6), ondemand_price DECIMAL(10,6), status VARCHAR(20) NOT NULL, last_heartbeat_at TIMESTAMP NULL, created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (id), KEY c (client_id), KEY t (created_at)) COLLATE utf8mb4_unicode_ci;
CREATE TABLE instances (id VARCHAR(64) NOT NULL, client_id CHAR(36) NOT NULL, agent_id CHAR(36) NULL, instance_type VARCHAR(64), region VARCHAR(50), az VARCHAR(50), ami_id VARCHAR(64), current_mode VARCHAR(20),
	current_pool_id VARCHAR(128), spot_price DECIMAL(15,6), ondemand_price DECIMAL(15,6), baseline_ondemand_price DECIMAL(15,6), is_active BOOLEAN, instance_status VARCHAR(20) NOT NULL, is_primary BOOLEAN NOT NULL,
	launch_requested_at TIMESTAMP NULL, launch_confirmed_at TIMESTAMP NULL, created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (id), KEY c (client_id), KEY t (created_at)) COLLATE utf8mb4_unicode_ci;
CREATE TABLE commands (id CHAR(36) NOT NULL, client_id CHAR(36) NOT NULL, agent_id CHAR(36) NOT NULL, request_id VARCHAR(64), command_type VARCHAR(50), target_mode VARCHAR(20), target_pool_id VARCHAR(128),
	priority INT, status VARCHAR(20), trigger_type VARCHAR(20), created_by VARCHAR(100), created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (id), KEY c (client_id), KEY t (created_at)) COLLATE utf8mb4_unicode_ci;
CREATE TABLE ml_decisions (id CHAR(36) NOT NULL, client_id CHAR(36) NOT NULL, agent_id CHAR(36) NOT NULL, current_pool_id VARCHAR(128), current_price DECIMAL(10,6), recommended_action VARCHAR(50), recommended_pool_id VARCHAR(128),
	recommended_price DECIMAL(10,6), expected_savings DECIMAL(10,6), confidence_score DECIMAL(5,4), risk_score DECIMAL(5,4), decided_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (id), KEY c (client_id), KEY t (decided_at)) COLLATE utf8mb4_unicode_ci;
CREATE TABLE spot_price_snapshots (id BIGINT UNSIGNED NOT NULL, agent_id CHAR(36), pool_id VARCHAR(128) NOT NULL, price DECIMAL(10,6) NOT NULL, observed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	source_instance_role VARCHAR(20), created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (id), KEY t (created_at)) COLLATE utf8mb4_unicode_ci;
INSERT INTO agents SELECT id, client_id, logical_agent_id, hostname, instance_type, region, az, current_mode, current_pool_id, spot_price, ondemand_price, status, last_heartbeat_at, created_at FROM spot_optimizer.agents;
INSERT INTO instances SELECT id, client_id, agent_id, instance_type, region, az, ami_id, current_mode, current_pool_id, spot_price, ondemand_price, baseline_ondemand_price, is_active, instance_status, is_primary,
	launch_requested_at, launch_confirmed_at, created_at FROM spot_optimizer.instances;
INSERT INTO commands SELECT id, client_id, agent_id, request_id, command_type, target_mode, target_pool_id, priority, status, trigger_type, created_by, created_at FROM spot_optimizer.commands;
INSERT INTO ml_decisions SELECT id, client_id, agent_id, current_pool_id, current_price, recommended_action, recommended_pool_id, recommended_price, expected_savings, confidence_score, risk_score, decided_at FROM spot_optimizer.ml_decisions;
INSERT INTO spot_price_snapshots SELECT id, agent_id, pool_id, price, observed_at, source_instance_role, created_at FROM spot_optimizer.spot_price_snapshots;
