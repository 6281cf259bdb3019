-- What agents say of their instances, the promotion, and notices. Each call on an instance answers with its row now:
-- instance_id agent_id instance_status is_primary version launch_duration_seconds
-- termination_duration_seconds. Saying again what is so already changes nothing and is no error; an
-- illegal move is 30001 and names both states (13-instances.sql has the table of moves).

DELIMITER //

CREATE OR REPLACE PROCEDURE instance_row(p_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin)
READS SQL DATA
SELECT id AS instance_id, agent_id, instance_status, is_primary, version, launch_duration_seconds, termination_duration_seconds
FROM instances WHERE id = p_instance //

-- The agent's own columns follow its primary.
CREATE OR REPLACE PROCEDURE agent_adopt(p_agent UUID, p_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
FOR i IN (SELECT b.id, b.instance_type, b.region, b.az, b.ami_id, b.current_mode, b.current_pool_id, b.spot_price, b.ondemand_price,
		LEAST(GREATEST(COALESCE(c.total_instances, 0), 0), 65535) AS n
	FROM instances b JOIN agents a ON a.id = p_agent
	LEFT JOIN spotop_agent_counts c ON c.client_id = a.client_id AND c.agent_id = a.id AND c.slot = 0 WHERE b.id = p_instance) DO
	UPDATE agents SET instance_id = i.id, instance_type = i.instance_type, region = i.region, az = i.az, ami_id = COALESCE(i.ami_id, ami_id),
		current_mode = i.current_mode, current_pool_id = i.current_pool_id, spot_price = i.spot_price,
		ondemand_price = i.ondemand_price, baseline_ondemand_price = COALESCE(baseline_ondemand_price, i.ondemand_price), instance_count = i.n
	WHERE id = p_agent;
END FOR //

-- Locks the agent of an instance (if it has one), then the instance; refuses one that is not there.
CREATE OR REPLACE PROCEDURE instance_lock(p_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin, OUT p_client UUID, OUT p_agent UUID, OUT p_status VARCHAR(20) CHARSET ascii, OUT p_is_primary BOOLEAN, OUT p_version INT UNSIGNED)
MODIFIES SQL DATA
BEGIN
	DECLARE v_agent UUID;
	DECLARE v_n INT;
	SELECT COUNT(*), MAX(agent_id), MAX(client_id) INTO v_n, v_agent, p_client FROM instances WHERE id = p_instance;
	IF v_n = 0 THEN
		CALL refuse(30004, CONCAT('there is no instance ', COALESCE(p_instance, 'NULL')));
	END IF;
	IF v_agent IS NOT NULL THEN
		CALL agent_own(v_agent);
		CALL agent_lock(v_agent, p_client);
	ELSE
		SELECT COUNT(*) INTO v_n FROM agents WHERE client_id = p_client AND BINARY JSON_VALUE(metadata, '$.login') = BINARY SUBSTRING_INDEX(USER(), '@', 1);
		IF v_n = 0 THEN
			CALL refuse(30001, CONCAT('instance ', p_instance, ' has no agent, and this login speaks for none of its client''s'));
		END IF;
	END IF;
	SELECT agent_id, instance_status, is_primary, version INTO p_agent, p_status, p_is_primary, p_version FROM instances WHERE id = p_instance FOR UPDATE;
END //

-- What was asked for moves with the instance that came of it.
CREATE OR REPLACE PROCEDURE replica_moves(p_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin, p_to VARCHAR(20) CHARSET ascii)
MODIFIES SQL DATA
FOR r IN (SELECT id FROM replica_instances WHERE cloud_instance_id = p_instance AND IF(p_to = 'running', status = 'launching', status <> 'terminated')) DO
	UPDATE replica_instances SET status = p_to,
		launch_completed_at = IF(p_to = 'running', CURRENT_TIMESTAMP, launch_completed_at),
		terminated_at = IF(p_to = 'terminated', CURRENT_TIMESTAMP, NULL)
	WHERE id = r.id;
END FOR //

-- instance_launching(agent, instance, pool, mode, role, command): a launch was requested of the cloud.
--   mode  spot | ondemand; pool is needed for spot and gives type and zone; on demand without a
--         pool the agent's own type and zone are taken
--   role  primary: becomes the primary by itself if the agent has none when it runs; replica
--   command  the command it is for, or NULL
CREATE OR REPLACE PROCEDURE instance_launching(p_agent LONGTEXT, p_instance LONGTEXT, p_pool LONGTEXT,
	p_mode LONGTEXT, p_role LONGTEXT, p_command LONGTEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin;
	DECLARE v_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin;
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	DECLARE v_client UUID;
	DECLARE v_n INT;
	DECLARE v_was VARCHAR(300);
	{{undo(v_own)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_uuid('agent', p_agent)}};
	{{takes_uuid('command', p_command)}};
	{{takes_id('instance', p_instance, 20)}};
	{{takes_id('pool', p_pool, 100)}};
	SET v_instance = p_instance, v_pool = p_pool;
	IF COALESCE(LOWER(p_mode) COLLATE utf8mb4_bin, '') NOT IN ('spot', 'ondemand') OR COALESCE(LOWER(p_role) COLLATE utf8mb4_bin, '') NOT IN ('primary', 'replica') OR COALESCE(v_instance, '') = '' THEN
		CALL refuse(30003, 'instance_launching: needs an instance, a mode (spot, ondemand) and a role (primary, replica)');
	ELSEIF p_mode = 'spot' AND v_pool IS NULL THEN
		CALL refuse(30003, 'instance_launching: a spot launch needs its pool');
	END IF;
	CALL agent_own(p_agent);
	IF v_own THEN
		SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
		START TRANSACTION;
	END IF;
	CALL agent_lock(p_agent, v_client);
	IF p_command IS NOT NULL THEN
		SELECT COUNT(*) INTO v_n FROM commands WHERE id = p_command AND agent_id = p_agent;
		IF v_n = 0 THEN
			CALL refuse(30004, CONCAT('the agent has no command ', p_command));
		END IF;
	END IF;
	IF v_pool IS NOT NULL THEN
		CALL pool_ensure(v_pool);
	END IF;
	SELECT COUNT(*), MAX(IF(agent_id <=> p_agent AND instance_status = 'launching', NULL,
		CONCAT('instance ', id, ' is known already: ', instance_status, IF(agent_id <=> p_agent, '', ', of another agent'))))
	INTO v_n, v_was FROM instances WHERE id = v_instance;
	IF v_was IS NOT NULL THEN
		CALL refuse(30001, v_was);
	ELSEIF v_n = 0 THEN
		INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, ami_id, current_mode, current_pool_id, spot_price, ondemand_price,
			baseline_ondemand_price, instance_status, launch_requested_at, launch_role, metadata)
		SELECT v_instance, a.client_id, a.id, COALESCE(p.instance_type, a.instance_type, 'unknown'), COALESCE(p.region, a.region, 'unknown'),
			COALESCE(p.az, a.az, 'unknown'), a.ami_id, p_mode, IF(p_mode = 'spot', p.id, NULL), IF(p_mode = 'spot', p.last_price, NULL),
			COALESCE(ondemand_price_of(COALESCE(p.instance_type, a.instance_type), COALESCE(p.region, a.region)), IF(p.instance_type = a.instance_type OR p.id IS NULL, a.ondemand_price, NULL)),
			a.baseline_ondemand_price, 'launching', CURRENT_TIMESTAMP, p_role,
			IF(p_command IS NULL, NULL, JSON_OBJECT('command_id', p_command))
		FROM agents a LEFT JOIN spot_pools p ON p.id = v_pool WHERE a.id = p_agent;
		IF p_role = 'replica' THEN
			INSERT INTO replica_instances (client_id, agent_id, command_id, cloud_instance_id, instance_type, region, az, mode, pool_id, status)
			SELECT client_id, agent_id, p_command, id, instance_type, region, az, p_mode, current_pool_id, 'launching' FROM instances WHERE id = v_instance;
		END IF;
	END IF;
	IF v_own THEN COMMIT; END IF;
	CALL instance_row(v_instance);
END //

-- instance_running(instance): it answers. A primary-to-be becomes the primary if the agent has none,
-- everything else a replica. Its boot time goes into the pool's average.
CREATE OR REPLACE PROCEDURE instance_running(p_instance LONGTEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin;
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	DECLARE v_client, v_agent UUID;
	DECLARE v_status VARCHAR(20) CHARSET ascii;
	DECLARE v_is_primary, v_becomes BOOLEAN;
	DECLARE v_version INT UNSIGNED;
	DECLARE v_n INT DEFAULT 0;
	DECLARE v_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin;
	DECLARE v_seconds BIGINT;
	{{undo(v_own)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_id('instance', p_instance, 20)}};
	SET v_instance = p_instance;
	IF v_own THEN
		SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
		START TRANSACTION;
	END IF;
	CALL instance_lock(v_instance, v_client, v_agent, v_status, v_is_primary, v_version);
	IF v_status NOT IN ('running_primary', 'running_replica') THEN
		SELECT COUNT(*) INTO v_n FROM instances WHERE primary_of = v_agent;
		SELECT launch_role = 'primary' AND v_agent IS NOT NULL AND v_n = 0, current_pool_id,
			UNIX_TIMESTAMP(COALESCE(launch_confirmed_at, CURRENT_TIMESTAMP)) - UNIX_TIMESTAMP(launch_requested_at)
		INTO v_becomes, v_pool, v_seconds FROM instances WHERE id = v_instance;
		IF v_becomes THEN
			CALL agent_adopt(v_agent, v_instance);
		END IF;
		IF v_status = 'launching' AND v_pool IS NOT NULL AND v_seconds >= 0 THEN
			UPDATE spot_pools SET avg_boot_time_seconds = ROUND((COALESCE(avg_boot_time_seconds, 0) * boot_sample_count + LEAST(v_seconds, 65535)) / (boot_sample_count + 1)),
				boot_sample_count = LEAST(boot_sample_count + 1, 65535), last_boot_time_update = CURRENT_TIMESTAMP
			WHERE id = v_pool;
		END IF;
		IF v_becomes THEN
			CALL instance_counts_lock(v_client);
		END IF;
		UPDATE instances SET instance_status = IF(v_becomes, 'running_primary', 'running_replica'), is_primary = v_becomes,
			launch_confirmed_at = COALESCE(launch_confirmed_at, CURRENT_TIMESTAMP), installed_at = COALESCE(installed_at, CURRENT_TIMESTAMP)
		WHERE id = v_instance;
		CALL replica_moves(v_instance, 'running');
	END IF;
	IF v_own THEN COMMIT; END IF;
	CALL instance_row(v_instance);
END //

-- One move to a state in which nothing is primary.
CREATE OR REPLACE PROCEDURE instance_end(p_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin, p_to VARCHAR(20) CHARSET ascii)
MODIFIES SQL DATA
BEGIN
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	DECLARE v_client, v_agent UUID;
	DECLARE v_status VARCHAR(20) CHARSET ascii;
	DECLARE v_is_primary BOOLEAN;
	DECLARE v_version INT UNSIGNED;
	{{undo(v_own)}};
	{{clock_true}};
	{{copy_refuses}};
	IF v_own THEN
		SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
		START TRANSACTION;
	END IF;
	CALL instance_lock(p_instance, v_client, v_agent, v_status, v_is_primary, v_version);
	IF v_status <> p_to THEN
		IF v_is_primary THEN
			CALL instance_counts_lock(v_client);
		END IF;
		UPDATE instances SET instance_status = p_to, is_primary = FALSE,
			termination_requested_at = IF(p_to IN ('terminating', 'terminated'), COALESCE(termination_requested_at, CURRENT_TIMESTAMP), termination_requested_at),
			termination_confirmed_at = IF(p_to = 'terminated', CURRENT_TIMESTAMP, termination_confirmed_at)
		WHERE id = p_instance;
		IF p_to IN ('terminating', 'terminated') THEN
			CALL replica_moves(p_instance, p_to);
		END IF;
	END IF;
	IF v_own THEN COMMIT; END IF;
	CALL instance_row(p_instance);
END //

-- instance_terminating(instance): its end was requested, by us or by the cloud.
CREATE OR REPLACE PROCEDURE instance_terminating(p_instance LONGTEXT)
MODIFIES SQL DATA
BEGIN
	{{undo(FALSE)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_id('instance', p_instance, 20)}};
	CALL instance_end(p_instance, 'terminating');
END //

-- instance_terminated(instance): it is gone (from launching: it never came).
CREATE OR REPLACE PROCEDURE instance_terminated(p_instance LONGTEXT)
MODIFIES SQL DATA
BEGIN
	{{undo(FALSE)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_id('instance', p_instance, 20)}};
	CALL instance_end(p_instance, 'terminated');
END //

-- instance_zombie(instance): it was replaced, or its termination failed, and it still runs and costs.
CREATE OR REPLACE PROCEDURE instance_zombie(p_instance LONGTEXT)
MODIFIES SQL DATA
BEGIN
	{{undo(FALSE)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_id('instance', p_instance, 20)}};
	CALL instance_end(p_instance, 'zombie');
END //

-- instance_promoting(instance): a replica is being made the primary; it is not yet.
CREATE OR REPLACE PROCEDURE instance_promoting(p_instance LONGTEXT)
MODIFIES SQL DATA
BEGIN
	{{undo(FALSE)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_id('instance', p_instance, 20)}};
	CALL instance_end(p_instance, 'promoting');
END //

-- promote_instance_to_primary(instance, expected_version): the replica becomes its agent's primary and
-- the old primary a zombie (terminating, if the agent terminates by itself and without waiting), all
-- in one transaction. expected_version is the version the caller saw; NULL: whatever it is.
-- Refused by name: 30004 no such instance, 30002 another version, 30001 not a replica or no agent.
-- Promoting the primary again changes nothing. Row as the others, of the new primary, and
-- old_instance_id.
CREATE OR REPLACE PROCEDURE promote_instance_to_primary(p_instance LONGTEXT, p_expected_version LONGTEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin;
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	DECLARE v_client, v_agent UUID;
	DECLARE v_status VARCHAR(20) CHARSET ascii;
	DECLARE v_is_primary, v_ends BOOLEAN;
	DECLARE v_version INT UNSIGNED;
	DECLARE v_old VARCHAR(20) CHARSET ascii COLLATE ascii_bin;
	{{undo(v_own)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_id('instance', p_instance, 20)}};
	SET v_instance = p_instance;
	{{takes_number('expected_version', p_expected_version, 4294967295)}};
	IF v_own THEN
		SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
		START TRANSACTION;
	END IF;
	CALL instance_lock(v_instance, v_client, v_agent, v_status, v_is_primary, v_version);
	IF v_version <> p_expected_version THEN
		CALL refuse(30002, CONCAT('instance ', v_instance, ' is at version ', v_version, ', not ', p_expected_version, ': it changed since it was read'));
	ELSEIF v_agent IS NULL THEN
		CALL refuse(30001, CONCAT('instance ', v_instance, ' has no agent to be the primary of'));
	ELSEIF NOT v_is_primary AND v_status NOT IN ('running_replica', 'promoting') THEN
		CALL refuse(30001, CONCAT('instance ', v_instance, ' is ', v_status, ' and cannot be promoted'));
	END IF;
	IF NOT (v_is_primary AND v_status = 'running_primary') THEN
		SELECT MAX(id) INTO v_old FROM instances WHERE primary_of = v_agent AND id <> v_instance;
		CALL agent_adopt(v_agent, v_instance);
		CALL instance_counts_lock(v_client);
		-- before the old one goes: while one is promoted no outage begins
		IF v_status = 'running_replica' THEN
			UPDATE instances SET instance_status = 'promoting' WHERE id = v_instance;
		END IF;
		IF v_old IS NOT NULL THEN
			SELECT auto_terminate_enabled AND terminate_wait_seconds = 0 INTO v_ends FROM agents WHERE id = v_agent;
			UPDATE instances SET termination_requested_at = IF(v_ends, COALESCE(termination_requested_at, CURRENT_TIMESTAMP), termination_requested_at),
				instance_status = IF(v_ends, 'terminating', 'zombie'), is_primary = FALSE
			WHERE id = v_old;
		END IF;
		UPDATE instances SET instance_status = 'running_primary', is_primary = TRUE, last_failover_at = CURRENT_TIMESTAMP WHERE id = v_instance;
	END IF;
	IF v_own THEN COMMIT; END IF;
	SELECT id AS instance_id, agent_id, instance_status, is_primary, version, launch_duration_seconds, termination_duration_seconds,
		v_old AS old_instance_id
	FROM instances WHERE id = v_instance;
END //

-- promote_instance_of_agent(instance, agent, expected_version): the same by the arguments that back ends in the field give; a
-- routine has one signature, so it has a name of its own. 30001: the instance is another agent's.
CREATE OR REPLACE PROCEDURE promote_instance_of_agent(p_instance LONGTEXT, p_agent LONGTEXT, p_expected_version LONGTEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_client, v_agent UUID;
	DECLARE v_status VARCHAR(20) CHARSET ascii;
	DECLARE v_is_primary BOOLEAN;
	DECLARE v_version INT UNSIGNED;
	{{undo(FALSE)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_id('instance', p_instance, 20)}};
	{{takes_uuid('agent', p_agent)}};
	CALL instance_lock(p_instance, v_client, v_agent, v_status, v_is_primary, v_version); -- is it the caller's to speak for?
	IF NOT (v_agent <=> CAST(p_agent AS UUID)) THEN
		CALL refuse(30001, CONCAT('instance ', p_instance, ' is not one of agent ', p_agent));
	END IF;
	CALL promote_instance_to_primary(p_instance, p_expected_version);
END //

-- agent_notice(agent, kind, deadline): an interruption notice reached the agent's primary, or is over. One of another
-- kind or deadline than the last is of the primary of this moment; the same again stays with the instance it was of.
--   kind  none | rebalance | termination; deadline for termination, else NULL: YYYY-MM-DD hh:mm:ss in the session's
--         time zone, or YYYY-MM-DDThh:mm:ssZ as EC2 says it
-- Row: agent_id notice_status notice_received_at notice_deadline version.
CREATE OR REPLACE PROCEDURE agent_notice(p_agent LONGTEXT, p_kind LONGTEXT, p_deadline LONGTEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	DECLARE v_client UUID;
	DECLARE v_was VARCHAR(12);
	DECLARE v_was_until, v_deadline TIMESTAMP;
	DECLARE v_instance, v_primary VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_is_new BOOLEAN;
	{{undo(v_own)}};
	IF NOT COALESCE(p_deadline LIKE '%Z', FALSE) THEN
		SET v_deadline = p_deadline; -- of the session's time zone, before it becomes UTC
	END IF;
	{{clock_true}};
	IF p_deadline LIKE '%Z' THEN
		SET v_deadline = LEFT(p_deadline, CHAR_LENGTH(p_deadline) - 1);
	END IF;
	{{copy_refuses}};
	{{takes_uuid('agent', p_agent)}};
	CALL agent_own(p_agent);
	CALL check_word('kind', p_kind, 'none,rebalance,termination');
	IF v_own THEN
		SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
		START TRANSACTION;
	END IF;
	CALL agent_lock(p_agent, v_client);
	SELECT notice_status, notice_deadline, notice_instance_id, COALESCE((SELECT MAX(i.id) FROM instances i WHERE i.primary_of = p_agent), instance_id)
	INTO v_was, v_was_until, v_instance, v_primary FROM agents WHERE id = p_agent;
	SET v_is_new = v_was <> p_kind OR (NOT v_was_until <=> v_deadline AND NOT v_instance <=> v_primary);
	UPDATE agents SET notice_status = p_kind, notice_deadline = IF(p_kind = 'none', NULL, v_deadline),
		notice_instance_id = IF(v_is_new, v_primary, notice_instance_id), notice_received_at = IF(v_is_new, CURRENT_TIMESTAMP, notice_received_at)
	WHERE id = p_agent;
	IF p_kind <> 'none' AND v_is_new THEN
		UPDATE instances SET last_interruption_signal = CURRENT_TIMESTAMP, interruption_handled_count = LEAST(interruption_handled_count + 1, 65535)
		WHERE agent_id = p_agent AND is_primary = TRUE;
	END IF;
	IF v_own THEN COMMIT; END IF;
	SELECT id AS agent_id, notice_status, notice_received_at, notice_deadline, version FROM agents WHERE id = p_agent;
END //

DELIMITER ;
