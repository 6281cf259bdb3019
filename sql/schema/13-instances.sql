-- The instances, and what the views count of them: instances, spotop_agent_counts and spotop_pool_counts.

-- One cloud instance, from the request to launch it to its end.
-- States and legal moves (trigger instances_version_increment in 31-instances.sql; any
-- other move is refused and named):
--   launching        -> running_primary running_replica terminating terminated
--   running_primary  -> zombie terminating terminated
--   running_replica  -> promoting running_primary zombie terminating terminated
--   promoting        -> running_primary running_replica zombie terminating terminated
--   zombie           -> terminating terminated
--   terminating      -> terminated zombie (the termination failed, the instance lives on)
--   terminated       -> (nothing)
-- A terminated instance is not active; is_primary needs running_primary or promoting.
-- primary_of makes a second primary of one agent impossible (it must be VIRTUAL: a stored column
-- may not depend on agent_id, which its foreign key sets to NULL).
-- launch_role is what it was launched to be; version counts its updates.
-- Growth: a row a launch, 10 to 20 a day for 100 agents. Retention: 90 days after termination.
-- Report: states, time columns, types, indexes and checks to the letter. Ours: the moves that are legal (the report
-- lets any state follow any), primary_of (two primaries are impossible, where the report's view only shows them),
-- launch_role, and indexes for what is listed.
CREATE TABLE IF NOT EXISTS instances (
	id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	client_id UUID NOT NULL,
	agent_id UUID NULL,
	instance_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	region VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	az VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	ami_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
	current_mode ENUM('unknown','ondemand','spot') NOT NULL DEFAULT 'unknown',
	current_pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
	spot_price DECIMAL(10,6) NULL,
	ondemand_price DECIMAL(10,6) NULL,
	baseline_ondemand_price DECIMAL(10,6) NULL,
	is_active BOOLEAN NOT NULL DEFAULT TRUE,
	instance_status ENUM('launching','running_primary','running_replica','promoting','terminating','terminated','zombie') NOT NULL DEFAULT 'launching',
	is_primary BOOLEAN NOT NULL DEFAULT FALSE,
	installed_at TIMESTAMP NULL DEFAULT NULL,
	launch_requested_at TIMESTAMP NULL DEFAULT NULL,
	launch_confirmed_at TIMESTAMP NULL DEFAULT NULL,
	launch_duration_seconds SMALLINT UNSIGNED NULL,
	last_switch_at TIMESTAMP NULL DEFAULT NULL,
	last_interruption_signal TIMESTAMP NULL DEFAULT NULL,
	interruption_handled_count SMALLINT UNSIGNED NOT NULL DEFAULT 0,
	last_failover_at TIMESTAMP NULL DEFAULT NULL,
	termination_requested_at TIMESTAMP NULL DEFAULT NULL,
	termination_confirmed_at TIMESTAMP NULL DEFAULT NULL,
	termination_duration_seconds SMALLINT UNSIGNED NULL,
	terminated_at TIMESTAMP NULL DEFAULT NULL,
	created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
	updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
	version INT UNSIGNED NOT NULL DEFAULT 1,
	metadata JSON NULL,
	launch_role ENUM('primary','replica') NOT NULL DEFAULT 'replica',
	primary_of UUID AS (IF(is_primary, agent_id, NULL)) VIRTUAL,
	PRIMARY KEY (id),
	UNIQUE KEY uk_instances_primary (primary_of),
	KEY idx_instances_agent (agent_id, is_primary, instance_status),
	KEY idx_instances_launching (instance_status, launch_requested_at),
	KEY idx_instances_terminating (instance_status, termination_requested_at),
	KEY idx_instances_client (client_id, created_at DESC, id DESC),
	KEY idx_instances_created (created_at),
	KEY idx_instances_terminated (terminated_at),
	KEY idx_instances_pool (current_pool_id, is_active),
	CONSTRAINT fk_instances_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
	CONSTRAINT fk_instances_agent FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE SET NULL,
	CONSTRAINT fk_instances_pool FOREIGN KEY (current_pool_id) REFERENCES spot_pools (id) ON DELETE SET NULL,
	CONSTRAINT chk_instances_primary_running CHECK ((is_primary = TRUE AND instance_status IN ('running_primary', 'promoting')) OR is_primary = FALSE)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- What the views count, kept by the triggers of instances in the writer's transaction, so that health costs what it
-- returns and not the size of the fleet. Two kinds of row:
--   (client, agent, slot 0)              one agent: its active instances by state
--   (client, zero UUID, slot 1..16)      the client's agents in 16 shares, by connection, so that writers do not queue:
--                                        agent_count and enabled_count alone; a share alone may be negative
-- attention sets the agents apart that are not as they should be: 2 is not exactly one primary,
-- 1 has zombies, 0 neither (or the agent is disabled). `CALL instance_counts_recount()` repairs.
-- Growth: a row an agent, 16 a client. Retention: with the agent or client.
-- Report: not in it; its health view counts instances at each look, these rows make that cost what it returns.
CREATE TABLE IF NOT EXISTS spotop_agent_counts (
	client_id UUID NOT NULL,
	agent_id UUID NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
	slot TINYINT UNSIGNED NOT NULL DEFAULT 0,
	is_enabled BOOLEAN NOT NULL DEFAULT FALSE,
	total_instances INT NOT NULL DEFAULT 0,
	primary_count INT NOT NULL DEFAULT 0,
	replica_count INT NOT NULL DEFAULT 0,
	zombie_count INT NOT NULL DEFAULT 0,
	launching_count INT NOT NULL DEFAULT 0,
	terminating_count INT NOT NULL DEFAULT 0,
	promoting_count INT NOT NULL DEFAULT 0,
	agent_count INT NOT NULL DEFAULT 0,
	enabled_count INT NOT NULL DEFAULT 0,
	attention TINYINT UNSIGNED AS (IF(is_enabled AND slot = 0, IF(primary_count <> 1, 2, IF(zombie_count > 0, 1, 0)), 0)) VIRTUAL,
	PRIMARY KEY (client_id, agent_id, slot),
	KEY idx_counts_attention (attention),
	KEY idx_counts_agent (agent_id),
	CONSTRAINT fk_agent_counts_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- What money is reckoned from: a client's active instances of one pool, mode, type and region by state, in 4 shares by
-- connection. It holds no price: v_counts_priced multiplies with the newest, so that a price that changes touches no
-- row here. pool_id is empty for instances in no pool. A share alone may be negative, a row of zeros stays.
-- Without foreign keys, whose checks would cost each writer: the triggers that delete clients and pools see to it.
-- Growth: at most 4 a client, pool and mode. Retention: with the client.
-- Report: not in it.
CREATE TABLE IF NOT EXISTS spotop_pool_counts (
	client_id UUID NOT NULL,
	pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	current_mode ENUM('unknown','ondemand','spot') NOT NULL,
	instance_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	region VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	share TINYINT UNSIGNED NOT NULL,
	total_instances INT NOT NULL DEFAULT 0,
	primary_count INT NOT NULL DEFAULT 0,
	replica_count INT NOT NULL DEFAULT 0,
	zombie_count INT NOT NULL DEFAULT 0,
	launching_count INT NOT NULL DEFAULT 0,
	terminating_count INT NOT NULL DEFAULT 0,
	promoting_count INT NOT NULL DEFAULT 0,
	PRIMARY KEY (client_id, pool_id, current_mode, instance_type, region, share),
	KEY idx_pool_counts_pool (pool_id, current_mode)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- What each client's instances cost, summed up by the leading worker every two seconds where that takes long (sql/jobs/sums.sql);
-- the row of zeros is all clients, and says when. v_client_money and v_fleet_money read it while it is under 5 s old, and else
-- add up themselves.
-- Growth: a row a client. Retention: with the client.
-- Report: not in it.
CREATE TABLE IF NOT EXISTS spotop_sums (
	client_id UUID NOT NULL,
	cost_usd_per_hour DECIMAL(22,6) NULL,
	measured_savings_usd_per_hour DECIMAL(22,6) NULL,
	zombie_cost_usd_per_hour DECIMAL(22,6) NULL,
	replica_cost_usd_per_hour DECIMAL(22,6) NULL,
	unpriced_count BIGINT NOT NULL DEFAULT 0,
	unmeasured_count BIGINT NOT NULL DEFAULT 0,
	priced_at TIMESTAMP NULL DEFAULT NULL,
	summed_at TIMESTAMP(3) NULL DEFAULT NULL,
	PRIMARY KEY (client_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
