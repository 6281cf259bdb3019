-- What agents are told, and what came of it: commands, switches, replica_instances.

-- One command to one agent. Claimed by agent_claim (FOR UPDATE SKIP LOCKED) with a lease and a fence:
-- whoever reports with an older fence is refused. request_id is made by the client before it sends,
-- so that a lost answer can be asked again; request_hash is the SHA-256 of what was asked.
--   status  pending -> executing -> completed | failed; pending | executing -> cancelled | expired;
--           executing -> pending when a lease ran out. The four ends are final (trigger).
--   stage   how far the agent has come, for the eye
--   priority 100 emergency, 75 manual, 50 ML urgent, 25 ML normal, 10 scheduled
-- Growth: some a day for each agent. Retention: 90 days after completion.
-- Report: idx_commands_agent_pending and uk_commands_request_id to the letter; lease, fence and stage are ours.
CREATE TABLE IF NOT EXISTS commands (
	id UUID NOT NULL DEFAULT UUID(),
	client_id UUID NOT NULL,
	agent_id UUID NOT NULL,
	request_id UUID NOT NULL DEFAULT UUID(),
	command_type ENUM('switch','LAUNCH_INSTANCE','TERMINATE_INSTANCE','PROMOTE_REPLICA_TO_PRIMARY','APPLY_CONFIG','SELF_DESTRUCT') NOT NULL,
	target_mode ENUM('ondemand','spot','pool') NULL,
	target_pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
	instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	priority TINYINT UNSIGNED NOT NULL DEFAULT 25,
	terminate_wait_seconds SMALLINT UNSIGNED NULL,
	status ENUM('pending','executing','completed','failed','cancelled','expired') NOT NULL DEFAULT 'pending',
	success BOOLEAN NULL,
	message TEXT NULL,
	execution_result JSON NULL,
	user_id UUID NULL,
	trigger_type ENUM('manual','ml','emergency','scheduled') NOT NULL DEFAULT 'manual',
	pre_state JSON NULL,
	post_state JSON NULL,
	metadata JSON NULL,
	created_by VARCHAR(50) NULL,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	executed_at TIMESTAMP NULL DEFAULT NULL,
	completed_at TIMESTAMP NULL DEFAULT NULL,
	version INT UNSIGNED NOT NULL DEFAULT 1,
	stage ENUM('queued','claimed','launching','ready','promoted','cleanup','done') NOT NULL DEFAULT 'queued',
	stage_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	lease_until TIMESTAMP(3) NULL DEFAULT NULL,
	fence INT UNSIGNED NOT NULL DEFAULT 0,
	attempts TINYINT UNSIGNED NOT NULL DEFAULT 0,
	expires_at TIMESTAMP NULL DEFAULT NULL,
	reason VARCHAR(500) NULL,
	request_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	PRIMARY KEY (id),
	UNIQUE KEY uk_commands_request_id (request_id),
	KEY idx_commands_agent_pending (agent_id, status, priority DESC, created_at ASC),
	KEY idx_commands_client (client_id, created_at DESC, id DESC),
	KEY idx_commands_status (status, created_at),
	KEY idx_commands_time (created_at),
	KEY idx_commands_executed (executed_at),
	KEY idx_commands_completed (completed_at),
	KEY idx_commands_instance (instance_id),
	CONSTRAINT fk_commands_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
	CONSTRAINT fk_commands_agent FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE,
	CONSTRAINT fk_commands_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- One switch carried out or tried: from where to where, at which prices, what it cost in downtime.
-- boot_seconds is kept for failed ones too. No foreign key on pools or instances: history outlives
-- what it names.
-- Growth: a few a day for each agent. Retention: 13 months.
-- Report: event_trigger of 4 values, uk_switches_request_id; trigger_type beside it is the field's. References to
-- pools and instances, which "all relationships" would have, are left out: history outlives them.
CREATE TABLE IF NOT EXISTS switches (
	id UUID NOT NULL DEFAULT UUID(),
	client_id UUID NOT NULL,
	agent_id UUID NOT NULL,
	command_id UUID NULL,
	request_id UUID NOT NULL DEFAULT UUID(),
	old_instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	old_instance_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
	old_region VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	old_az VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
	old_mode ENUM('ondemand','spot') NULL,
	old_pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
	old_ami_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
	new_instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	new_instance_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
	new_region VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	new_az VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
	new_mode ENUM('ondemand','spot') NULL,
	new_pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
	new_ami_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
	on_demand_price DECIMAL(10,6) NULL,
	old_spot_price DECIMAL(10,6) NULL,
	new_spot_price DECIMAL(10,6) NULL,
	savings_impact DECIMAL(10,6) NULL,
	event_trigger ENUM('manual','ml','emergency','scheduled') NOT NULL DEFAULT 'manual',
	trigger_type ENUM('user','ml_model','rebalance','termination') NOT NULL DEFAULT 'user',
	user_id UUID NULL,
	downtime_seconds SMALLINT UNSIGNED NULL,
	switched_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	success BOOLEAN NOT NULL DEFAULT TRUE,
	error_message TEXT NULL,
	metadata JSON NULL,
	initiated_at TIMESTAMP NULL DEFAULT NULL,
	boot_seconds SMALLINT UNSIGNED NULL,
	PRIMARY KEY (id),
	UNIQUE KEY uk_switches_request_id (request_id),
	KEY idx_switches_agent (agent_id, switched_at DESC, id DESC),
	KEY idx_switches_client (client_id, switched_at DESC, id DESC),
	KEY idx_switches_time (switched_at),
	KEY idx_switches_pool (new_pool_id, switched_at),
	KEY idx_switches_command (command_id),
	CONSTRAINT fk_switches_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
	CONSTRAINT fk_switches_agent FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE,
	CONSTRAINT fk_switches_command FOREIGN KEY (command_id) REFERENCES commands (id) ON DELETE SET NULL,
	CONSTRAINT fk_switches_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- The replicas asked for: one row a request, joined to instances by cloud_instance_id. Written by
-- the agents' procedures beside the instance, so that a command whose instance never came is seen.
-- Growth: a row a replica. Retention: 90 days after the end.
-- Report: its columns are not given; they follow the schema in the field.
CREATE TABLE IF NOT EXISTS replica_instances (
	id UUID NOT NULL DEFAULT UUID(),
	client_id UUID NOT NULL,
	agent_id UUID NOT NULL,
	command_id UUID NULL,
	request_id UUID NOT NULL DEFAULT UUID(),
	cloud_instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
	instance_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	region VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	az VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	mode ENUM('ondemand','spot') NOT NULL DEFAULT 'spot',
	pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
	status ENUM('launching','running','terminating','terminated') NOT NULL DEFAULT 'launching',
	launch_requested_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
	launch_completed_at TIMESTAMP NULL DEFAULT NULL,
	terminated_at TIMESTAMP NULL DEFAULT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY uk_replicas_request_id (request_id),
	KEY idx_replicas_agent (agent_id, status),
	KEY idx_replicas_client (client_id),
	KEY idx_replicas_time (launch_requested_at),
	KEY idx_replicas_up (launch_completed_at),
	KEY idx_replicas_ended (terminated_at),
	KEY idx_replicas_cloud (cloud_instance_id),
	KEY idx_replicas_command (command_id),
	KEY idx_replicas_pool (pool_id),
	CONSTRAINT fk_replicas_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
	CONSTRAINT fk_replicas_agent FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE,
	CONSTRAINT fk_replicas_command FOREIGN KEY (command_id) REFERENCES commands (id) ON DELETE SET NULL,
	CONSTRAINT fk_replicas_pool FOREIGN KEY (pool_id) REFERENCES spot_pools (id) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
