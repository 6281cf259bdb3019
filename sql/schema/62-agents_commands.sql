-- Agents and their commands: claimed with a lease and a fence, carried on, ended. The contract is the head of 60-agents.sql.
DELIMITER //

-- Renews the leases of what an agent is executing, each by its key: a search by agent and status locks the index that
-- whoever ends a command changes, while it holds the command.
CREATE OR REPLACE PROCEDURE commands_renew(p_agent UUID)
MODIFIES SQL DATA
FOR c IN (SELECT id FROM commands WHERE agent_id = p_agent AND status = 'executing') DO
	UPDATE commands SET lease_until = IF(status = 'executing', CURRENT_TIMESTAMP(3) + INTERVAL 60 SECOND, lease_until) WHERE id = c.id;
END FOR //

-- agent_claim(agent, lease_seconds): the agent's next command (highest priority, then oldest), now
-- executing and leased for that long (10 to 3600 s). No row: nothing to do. A command whose lease
-- ran out comes back first, with its stage as it was, so that a restarted agent can go on.
-- Row: command_id request_id command_type target_mode target_pool_id instance_id priority
--   terminate_wait_seconds trigger_type fence lease_until attempts stage pre_state metadata.
CREATE OR REPLACE PROCEDURE agent_claim(p_agent LONGTEXT, p_lease_seconds LONGTEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	DECLARE v_agent, v_id UUID;
	DECLARE v_end VARCHAR(10);
	DECLARE v_login VARCHAR(128);
	DECLARE v_is_copy BOOLEAN DEFAULT FALSE;
	DECLARE v_executes BOOLEAN DEFAULT NOT v_own;
	DECLARE v_lease INT;
	DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
	{{undo(v_own)}};
	{{clock_true}};
	{{takes_uuid('agent', p_agent)}};
	{{takes_number('lease_seconds', p_lease_seconds, 4294967295)}};
	SET v_agent = p_agent, v_lease = LEAST(GREATEST(CAST(COALESCE(p_lease_seconds, 60) AS UNSIGNED), 10), 3600);
	IF v_own THEN
		SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
		START TRANSACTION;
	ELSE
		CALL agent_own(v_agent); -- what is locked stays so until the caller ends its transaction: not another's
	END IF;
	-- The agent before its commands: the reference is looked at again when a command's place in its index changes.
	SELECT JSON_VALUE(metadata, '$.login'), {{copy_of}} IS NOT NULL INTO v_login, v_is_copy FROM agents WHERE id = v_agent LOCK IN SHARE MODE;
	IF v_is_copy THEN
		CALL refuse_copy();
	ELSEIF NOT COALESCE(BINARY v_login = BINARY SUBSTRING_INDEX(USER(), '@', 1), FALSE) THEN
		{{copy_refuses}}; -- of an agent that is not here
		CALL agent_own(v_agent);
	END IF;
	-- Most agents execute nothing when they claim, and what tells that from the index alone costs half of the search for a lease that
	-- ran out. In a transaction of the caller's that look could be of before: there the search is always made.
	SELECT TRUE INTO v_executes FROM commands FORCE INDEX (idx_commands_agent_pending) WHERE agent_id = v_agent AND status = 'executing' LIMIT 1;
	next_one: LOOP -- what may not be claimed any more ends when its turn comes: a claim costs the same however many wait
		SET v_id = NULL, v_end = NULL;
		IF v_executes THEN
			SELECT id, IF(attempts >= 5 AND lease_until IS NOT NULL, 'failed', NULL) INTO v_id, v_end FROM commands FORCE INDEX (idx_commands_agent_pending)
			WHERE agent_id = v_agent AND status = 'executing' AND (lease_until IS NULL OR lease_until < CURRENT_TIMESTAMP(3))
			ORDER BY priority DESC, created_at LIMIT 1 FOR UPDATE SKIP LOCKED;
		END IF;
		IF v_id IS NULL THEN
			SELECT id, IF({{command_end(commands)}} < CURRENT_TIMESTAMP, 'expired', NULL) INTO v_id, v_end FROM commands FORCE INDEX (idx_commands_agent_pending)
			WHERE agent_id = v_agent AND status = 'pending' ORDER BY priority DESC, created_at LIMIT 1 FOR UPDATE SKIP LOCKED;
		END IF;
		IF v_end IS NULL THEN
			LEAVE next_one;
		END IF;
		UPDATE commands SET status = v_end, message = IF(v_end = 'failed', 'claimed 5 times and never ended', 'not claimed in time') WHERE id = v_id;
	END LOOP;
	IF v_id IS NOT NULL THEN
		UPDATE commands SET status = 'executing', executed_at = COALESCE(executed_at, CURRENT_TIMESTAMP),
			stage = IF(stage = 'queued', 'claimed', stage), fence = fence + 1, attempts = attempts + 1,
			lease_until = CURRENT_TIMESTAMP(3) + INTERVAL v_lease SECOND
		WHERE id = v_id;
	END IF;
	IF v_own THEN COMMIT; END IF;
	SELECT id AS command_id, request_id, command_type, target_mode, target_pool_id, instance_id, priority, terminate_wait_seconds,
		trigger_type, fence, lease_until, attempts, stage, pre_state, metadata
	FROM commands WHERE id = v_id;
END //

-- Refuses unless the agent holds the command under this fence; locks the row.
CREATE OR REPLACE PROCEDURE command_check_fence(p_agent UUID, p_command UUID, p_fence INT UNSIGNED)
MODIFIES SQL DATA
BEGIN
	DECLARE v_status VARCHAR(12);
	DECLARE v_fence INT UNSIGNED;
	DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
	SELECT status, fence INTO v_status, v_fence FROM commands WHERE id = p_command AND agent_id = p_agent FOR UPDATE;
	IF v_status IS NULL THEN
		CALL refuse(30004, CONCAT('the agent has no command ', COALESCE(p_command, 'NULL')));
	ELSEIF NOT (v_fence <=> p_fence) THEN
		CALL refuse(30002, CONCAT('command ', p_command, ' was claimed again (fence ', v_fence, ', yours is ', COALESCE(p_fence, 'NULL'), '): stop'));
	ELSEIF v_status <> 'executing' THEN
		CALL refuse(30002, CONCAT('command ', p_command, ' is ', v_status, ': stop'));
	END IF;
END //

-- agent_progress(agent, command, fence, stage, detail)
--   stage   launching | ready | promoted | cleanup
--   detail  JSON for the eye, kept as metadata.progress; may be NULL
-- Renews the lease (60 s). Row: command_id stage lease_until.
CREATE OR REPLACE PROCEDURE agent_progress(p_agent LONGTEXT, p_command LONGTEXT, p_fence LONGTEXT, p_stage LONGTEXT, p_detail JSON)
MODIFIES SQL DATA
BEGIN
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	{{undo(v_own)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_uuid('agent', p_agent)}};
	{{takes_uuid('command', p_command)}};
	{{takes_number('fence', p_fence, 4294967295)}};
	{{takes_json('detail', p_detail)}};
	CALL agent_own(p_agent);
	CALL check_word('stage', p_stage, 'queued,claimed,launching,ready,promoted,cleanup,done');
	IF v_own THEN START TRANSACTION; END IF;
	CALL command_check_fence(p_agent, p_command, p_fence);
	UPDATE commands SET stage = p_stage, lease_until = GREATEST(COALESCE(lease_until, CURRENT_TIMESTAMP(3)), CURRENT_TIMESTAMP(3) + INTERVAL 60 SECOND),
		metadata = IF(p_detail IS NULL, metadata, JSON_SET(COALESCE(metadata, '{}'), '$.progress', JSON_COMPACT(p_detail)))
	WHERE id = p_command;
	IF v_own THEN COMMIT; END IF;
	SELECT id AS command_id, stage, lease_until FROM commands WHERE id = p_command;
END //

-- The row of a switch that ended, well or not, with what it won at the prices of now.
CREATE OR REPLACE PROCEDURE switch_record(p_command UUID, p_old VARCHAR(20) CHARSET ascii COLLATE ascii_bin, p_new VARCHAR(20) CHARSET ascii COLLATE ascii_bin,
	p_ok BOOLEAN, p_message TEXT, p_result JSON)
MODIFIES SQL DATA
BEGIN
	INSERT INTO switches (client_id, agent_id, command_id, request_id, old_instance_id, old_instance_type, old_region, old_az, old_mode,
		old_pool_id, old_ami_id, new_instance_id, new_instance_type, new_region, new_az, new_mode, new_pool_id, new_ami_id,
		on_demand_price, old_spot_price, new_spot_price, savings_impact, event_trigger, trigger_type, user_id, downtime_seconds,
		success, error_message, metadata, initiated_at, boot_seconds)
	SELECT c.client_id, c.agent_id, c.id, c.request_id, COALESCE(o.id, p_old), o.instance_type, o.region, o.az, NULLIF(o.current_mode, 'unknown'),
		o.current_pool_id, o.ami_id, COALESCE(n.id, p_new), COALESCE(n.instance_type, p.instance_type), COALESCE(n.region, p.region),
		COALESCE(n.az, p.az), COALESCE(NULLIF(n.current_mode, 'unknown'), IF(c.target_mode = 'ondemand', 'ondemand', 'spot')),
		COALESCE(n.current_pool_id, c.target_pool_id), n.ami_id, COALESCE({{ondemand_of(n)}}, {{ondemand_of(o)}}), IF(o.current_mode = 'spot', {{spot_of(o, op)}}, o.spot_price),
		IF(n.current_mode = 'spot', {{spot_of(n, np)}}, NULL),
		IF(p_ok, {{usd_of(o, op)}} - {{usd_of(n, np)}}, NULL),
		c.trigger_type,
		CASE c.trigger_type WHEN 'ml' THEN 'ml_model' WHEN 'emergency' THEN IF(a.notice_status = 'rebalance', 'rebalance', 'termination') ELSE 'user' END,
		c.user_id, LEAST(JSON_VALUE(p_result, '$.downtime_seconds'), 65535), p_ok, IF(p_ok, NULL, p_message), p_result,
		COALESCE(c.executed_at, c.created_at), COALESCE(LEAST(JSON_VALUE(p_result, '$.boot_seconds'), 65535), n.launch_duration_seconds)
	FROM commands c JOIN agents a ON a.id = c.agent_id
	LEFT JOIN instances o ON o.id = p_old LEFT JOIN instances n ON n.id = p_new LEFT JOIN spot_pools p ON p.id = c.target_pool_id
	LEFT JOIN spot_pools op ON op.id = o.current_pool_id LEFT JOIN spot_pools np ON np.id = n.current_pool_id
	WHERE c.id = p_command;
	UPDATE instances SET last_switch_at = CURRENT_TIMESTAMP WHERE id = p_new AND p_ok;
	UPDATE ml_decisions SET action_taken = TRUE,
		actual_savings = (SELECT savings_impact FROM switches WHERE request_id = (SELECT request_id FROM commands WHERE id = p_command))
	WHERE command_id = p_command;
END //

-- The end of a command, whichever; a switch gets its row in `switches`, failed ones too.
CREATE OR REPLACE PROCEDURE command_finish(p_agent UUID, p_command UUID, p_fence INT UNSIGNED, p_ok BOOLEAN, p_message TEXT, p_result JSON)
MODIFIES SQL DATA
BEGIN
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	DECLARE v_client UUID;
	DECLARE v_old, v_new VARCHAR(20) CHARSET ascii COLLATE ascii_bin;
	DECLARE v_type VARCHAR(30);
	DECLARE v_state JSON;
	DECLARE v_repeat INT;
	{{undo(v_own)}};
	{{clock_true}};
	{{copy_refuses}};
	CALL agent_own(p_agent);
	IF v_own THEN
		SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
		START TRANSACTION;
	END IF;
	CALL agent_lock(p_agent, v_client);
	-- The same word twice (its answer was lost) is no conflict.
	SELECT COUNT(*) INTO v_repeat FROM commands WHERE id = p_command AND agent_id = p_agent AND fence = p_fence
	AND status = IF(p_ok, 'completed', 'failed');
	IF v_repeat = 0 THEN
		CALL command_check_fence(p_agent, p_command, p_fence);
		SET v_old = JSON_VALUE(p_result, '$.old_instance_id'), v_new = JSON_VALUE(p_result, '$.new_instance_id');
		CALL instance_own(v_client, v_old);
		CALL instance_own(v_client, v_new);
		SELECT MAX(JSON_OBJECT('instance_id', i.id, 'mode', i.current_mode, 'pool_id', i.current_pool_id, 'status', i.instance_status,
			'spot_price', i.spot_price)) INTO v_state FROM instances i WHERE i.primary_of = p_agent;
		UPDATE commands SET status = IF(p_ok, 'completed', 'failed'), success = p_ok, message = p_message, execution_result = p_result,
			post_state = v_state
		WHERE id = p_command;
		SELECT command_type INTO v_type FROM commands WHERE id = p_command;
		IF v_type = 'SELF_DESTRUCT' AND p_ok THEN -- it has ended; nobody waits for its heartbeat
			UPDATE agents SET enabled = FALSE, status = 'offline' WHERE id = p_agent;
		END IF;
		IF v_type = 'switch' THEN
			CALL switch_record(p_command, v_old, v_new, p_ok, p_message, p_result);
		END IF;
	END IF;
	IF v_own THEN COMMIT; END IF;
	SELECT id AS command_id, status, success, completed_at, version FROM commands WHERE id = p_command;
END //

-- agent_complete(agent, command, fence, result): done. result is kept as execution_result; for a switch
-- it should hold old_instance_id, new_instance_id, downtime_seconds, boot_seconds.
-- Row: command_id status success completed_at version. Saying it twice is the same as once.
CREATE OR REPLACE PROCEDURE agent_complete(p_agent LONGTEXT, p_command LONGTEXT, p_fence LONGTEXT, p_result JSON)
MODIFIES SQL DATA
BEGIN
	{{undo(FALSE)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_uuid('agent', p_agent)}};
	{{takes_uuid('command', p_command)}};
	{{takes_number('fence', p_fence, 4294967295)}};
	{{takes_json('result', p_result)}};
	CALL command_finish(p_agent, p_command, p_fence, TRUE, JSON_VALUE(p_result, '$.message'), p_result);
END //

-- agent_fail(agent, command, fence, error, result): it could not be done; result as above with what is
-- known. Row as agent_complete.
CREATE OR REPLACE PROCEDURE agent_fail(p_agent LONGTEXT, p_command LONGTEXT, p_fence LONGTEXT, p_error LONGTEXT, p_result JSON)
MODIFIES SQL DATA
BEGIN
	{{undo(FALSE)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_uuid('agent', p_agent)}};
	{{takes_uuid('command', p_command)}};
	{{takes_number('fence', p_fence, 4294967295)}};
	{{takes_json('result', p_result)}};
	CALL command_finish(p_agent, p_command, p_fence, FALSE, LEFT(COALESCE(p_error, 'no reason given'), 2000), p_result);
END //

DELIMITER ;
