-- The agents and how each is to behave: agents and agent_configs.

-- One logical agent: it keeps one primary instance of its client alive and cheap. status is what
-- the agent last SAID; what it IS (health) is computed in v_agent_status from the age of its last
-- heartbeat, its counts and its notice.
--   version      counts changes of anything but heartbeat and prices (trigger in 32-agents.sql)
--   silent_at    last_heartbeat_at + 1.5 intervals, at most 90 s (trigger): agents with silent_at in
--                the past are the only ones whose silence needs to be classed
--   notice_instance_id  which instance the notice is of: the primary of that moment unless it is given (trigger); once
--                another is the primary the notice threatens nobody
-- Growth: slow; 100,000 is a large fleet. A heartbeat rewrites one row. Retention: until deleted.
-- Report: uk_agents_logical and chk_agents_replica_xor to the letter; version, silent_at and clock_skew_ms are ours.
CREATE TABLE IF NOT EXISTS agents (
	id UUID NOT NULL DEFAULT UUID(),
	client_id UUID NOT NULL,
	logical_agent_id VARCHAR(128) NOT NULL,
	hostname VARCHAR(255) NULL,
	instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	instance_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
	region VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	az VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
	ami_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
	private_ip VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NULL,
	public_ip VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NULL,
	current_mode ENUM('unknown','ondemand','spot') NOT NULL DEFAULT 'unknown',
	current_pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
	spot_price DECIMAL(10,6) NULL,
	ondemand_price DECIMAL(10,6) NULL,
	baseline_ondemand_price DECIMAL(10,6) NULL,
	agent_version VARCHAR(20) NULL,
	config_version SMALLINT UNSIGNED NOT NULL DEFAULT 0,
	instance_count SMALLINT UNSIGNED NOT NULL DEFAULT 0,
	status ENUM('offline','online','error') NOT NULL DEFAULT 'offline',
	enabled BOOLEAN NOT NULL DEFAULT TRUE,
	last_heartbeat_at TIMESTAMP NULL DEFAULT NULL,
	heartbeat_interval_seconds SMALLINT UNSIGNED NOT NULL DEFAULT 30,
	auto_switch_enabled BOOLEAN NOT NULL DEFAULT TRUE,
	auto_terminate_enabled BOOLEAN NOT NULL DEFAULT TRUE,
	terminate_wait_seconds SMALLINT UNSIGNED NOT NULL DEFAULT 300,
	replica_enabled BOOLEAN NOT NULL DEFAULT FALSE,
	replica_count TINYINT UNSIGNED NOT NULL DEFAULT 0,
	manual_replica_enabled BOOLEAN NOT NULL DEFAULT FALSE,
	notice_status ENUM('none','rebalance','termination') NOT NULL DEFAULT 'none',
	notice_received_at TIMESTAMP NULL DEFAULT NULL,
	notice_deadline TIMESTAMP NULL DEFAULT NULL,
	notice_instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	fastest_boot_pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	metadata JSON NULL,
	version INT UNSIGNED NOT NULL DEFAULT 1,
	silent_at TIMESTAMP NULL DEFAULT NULL,
	clock_skew_ms INT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY uk_agents_logical (client_id, logical_agent_id),
	KEY idx_agents_silence (enabled, silent_at, last_heartbeat_at, heartbeat_interval_seconds, status), -- all that the health of a silent one hangs on
	KEY idx_agents_heartbeat (enabled, last_heartbeat_at), -- the silent ones in the order of their last heartbeats
	KEY idx_agents_status (enabled, status, heartbeat_interval_seconds),
	KEY idx_agents_notice (notice_status, notice_deadline),
	KEY idx_agents_name (logical_agent_id),
	KEY idx_agents_az (az, enabled, client_id), -- the size of a zone, a client's own in it
	KEY idx_agents_pool_client (current_pool_id, client_id, enabled),
	CONSTRAINT fk_agents_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
	CONSTRAINT fk_agents_pool FOREIGN KEY (current_pool_id) REFERENCES spot_pools (id) ON DELETE SET NULL,
	CONSTRAINT chk_agents_replica_xor CHECK (NOT (auto_switch_enabled = TRUE AND manual_replica_enabled = TRUE)),
	CONSTRAINT chk_agents_heartbeat_interval CHECK (heartbeat_interval_seconds > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- The limits an agent's decisions must keep; the agent reads them again when agents.config_version
-- grows. Guardrails of the verbs read them too. An agent without a row has the defaults.
-- Growth: one row an agent. Retention: with the agent.
-- Report: its columns are not given; they follow the schema in the field.
CREATE TABLE IF NOT EXISTS agent_configs (
	agent_id UUID NOT NULL,
	min_savings_percent DECIMAL(5,2) NOT NULL DEFAULT 15.00,
	risk_threshold DECIMAL(4,3) NOT NULL DEFAULT 0.300,
	max_switches_per_week TINYINT UNSIGNED NOT NULL DEFAULT 10,
	min_pool_duration_hours SMALLINT UNSIGNED NOT NULL DEFAULT 2,
	preferred_azs JSON NULL,
	blacklist_pools JSON NULL,
	custom_weights JSON NULL,
	updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
	PRIMARY KEY (agent_id),
	CONSTRAINT fk_agent_configs_agent FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE,
	CONSTRAINT chk_agent_configs_savings CHECK (min_savings_percent BETWEEN 0 AND 100),
	CONSTRAINT chk_agent_configs_risk CHECK (risk_threshold BETWEEN 0 AND 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
