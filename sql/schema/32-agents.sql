-- Agents and commands: versions, the silence clock, and the events of their changes.

DELIMITER //

-- When an agent that last sent a heartbeat then may be anything but fine (fine_for, sql/parts/limits.sql). The addition goes
-- through the session's zone, so in the hour that a zone has twice it could be an hour off; then
-- the heartbeat itself is given: too early is harmless (the agent is looked at), too late is not.
CREATE OR REPLACE FUNCTION agent_silent_at(p_heartbeat TIMESTAMP, p_interval SMALLINT UNSIGNED) RETURNS TIMESTAMP
NOT DETERMINISTIC NO SQL
BEGIN
	DECLARE v_unix BIGINT DEFAULT UNIX_TIMESTAMP(p_heartbeat) + {{fine_for(p_interval)}};
	DECLARE v_at TIMESTAMP DEFAULT FROM_UNIXTIME(v_unix);
	RETURN IF(UNIX_TIMESTAMP(v_at) = v_unix, v_at, p_heartbeat);
END //

-- Three missed heartbeats are 90 s at most.
CREATE OR REPLACE PROCEDURE check_interval(p_seconds SMALLINT UNSIGNED)
NO SQL
IF p_seconds NOT BETWEEN 1 AND 30 THEN
	CALL refuse(30003, CONCAT('chk_agents_heartbeat_interval: a heartbeat each ', p_seconds, ' s; it is each 1 to 30 s'));
END IF //

CREATE OR REPLACE TRIGGER agents_before_insert BEFORE INSERT ON agents FOR EACH ROW
BEGIN
	CALL check_interval(NEW.heartbeat_interval_seconds);
	SET NEW.enabled = NEW.enabled <> 0;
	IF NEW.last_heartbeat_at IS NOT NULL THEN
		SET NEW.silent_at = agent_silent_at(NEW.last_heartbeat_at, NEW.heartbeat_interval_seconds);
	ELSE
		SET NEW.silent_at = NULL;
	END IF;
	IF NEW.notice_status <> 'none' THEN
		SET NEW.notice_received_at = COALESCE(NEW.notice_received_at, CURRENT_TIMESTAMP), NEW.notice_instance_id = COALESCE(NEW.notice_instance_id, NEW.instance_id);
	END IF;
END //

CREATE OR REPLACE TRIGGER agents_after_insert AFTER INSERT ON agents FOR EACH ROW
IF @spotop_bulk IS NULL OR NOT is_bulk(FALSE) THEN
	INSERT INTO spotop_agent_counts (client_id, agent_id, slot, is_enabled, agent_count, enabled_count)
	VALUES (NEW.client_id, NEW.id, 0, NEW.enabled, 0, 0), (NEW.client_id, '00000000-0000-0000-0000-000000000000', 1 + CONNECTION_ID() MOD 16, FALSE, 1, NEW.enabled)
	ON DUPLICATE KEY UPDATE is_enabled = VALUES(is_enabled), agent_count = agent_count + VALUES(agent_count), enabled_count = enabled_count + VALUES(enabled_count);
	IF NEW.status <> 'offline' THEN
		INSERT INTO sse_events (client_id, event_type, event_data, expires_at)
		VALUES (NEW.client_id, 'AGENT_STATUS_CHANGED', JSON_OBJECT('agent_id', NEW.id, 'agent', NEW.logical_agent_id,
			'status', NEW.status, 'was', NULL, 'enabled', JSON_COMPACT(IF(NEW.enabled, 'true', 'false')), 'was_enabled', NULL,
			'at', utc_iso(UNIX_TIMESTAMP(NOW(3)))), FROM_UNIXTIME(UNIX_TIMESTAMP() + 3600));
	END IF;
END IF //

-- version moves with anything but the heartbeat (last_heartbeat_at, silent_at, clock_skew_ms) and the
-- market (spot_price, ondemand_price): a version that moved by itself would be worth nothing to a
-- careful writer. updated_at moves with the prices too.
CREATE OR REPLACE TRIGGER agents_before_update BEFORE UPDATE ON agents FOR EACH ROW
BEGIN
	DECLARE v_is_bulk BOOLEAN;
	IF NEW.heartbeat_interval_seconds <> OLD.heartbeat_interval_seconds THEN -- one of before stays until it is changed
		CALL check_interval(NEW.heartbeat_interval_seconds);
	END IF;
	IF NEW.enabled <> OLD.enabled THEN
		SET NEW.enabled = NEW.enabled <> 0;
	END IF;
	IF NOT (NEW.last_heartbeat_at <=> OLD.last_heartbeat_at AND NEW.heartbeat_interval_seconds = OLD.heartbeat_interval_seconds) THEN
		-- agent_silent_at, without the price of a call for each heartbeat
		SET NEW.silent_at = FROM_UNIXTIME(UNIX_TIMESTAMP(NEW.last_heartbeat_at) + {{fine_for(NEW.heartbeat_interval_seconds)}});
		IF UNIX_TIMESTAMP(NEW.silent_at) - UNIX_TIMESTAMP(NEW.last_heartbeat_at) <> {{fine_for(NEW.heartbeat_interval_seconds)}} THEN
			SET NEW.silent_at = NEW.last_heartbeat_at;
		END IF;
	END IF;
	-- A migration brings agents to what the old database says of them.
	SET v_is_bulk = @spotop_bulk IS NOT NULL AND is_bulk(FALSE);
	IF NEW.client_id <> OLD.client_id AND NOT v_is_bulk THEN
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'an agent cannot move to another client; register it there';
	END IF;
	IF NEW.notice_status <> OLD.notice_status THEN
		IF v_is_bulk THEN
			SET NEW.notice_instance_id = IF(NEW.notice_status = 'none', NULL, COALESCE(NEW.notice_instance_id, NEW.instance_id));
		ELSEIF NEW.notice_status = 'none' THEN
			SET NEW.notice_received_at = NULL, NEW.notice_deadline = NULL, NEW.notice_instance_id = NULL;
		ELSE
			IF NEW.notice_received_at <=> OLD.notice_received_at THEN
				SET NEW.notice_received_at = CURRENT_TIMESTAMP;
			END IF;
			IF NEW.notice_instance_id <=> OLD.notice_instance_id THEN
				SET NEW.notice_instance_id = COALESCE((SELECT MAX(i.id) FROM instances i WHERE i.primary_of = NEW.id), NEW.instance_id);
			END IF;
		END IF;
	END IF;
	IF NEW.logical_agent_id <=> OLD.logical_agent_id AND NEW.hostname <=> OLD.hostname AND NEW.instance_id <=> OLD.instance_id
		AND NEW.instance_type <=> OLD.instance_type AND NEW.region <=> OLD.region AND NEW.az <=> OLD.az
		AND NEW.ami_id <=> OLD.ami_id AND NEW.private_ip <=> OLD.private_ip AND NEW.public_ip <=> OLD.public_ip
		AND NEW.current_mode = OLD.current_mode AND NEW.current_pool_id <=> OLD.current_pool_id
		AND NEW.baseline_ondemand_price <=> OLD.baseline_ondemand_price AND NEW.agent_version <=> OLD.agent_version
		AND NEW.config_version = OLD.config_version AND NEW.instance_count = OLD.instance_count
		AND NEW.status = OLD.status AND NEW.enabled = OLD.enabled
		AND NEW.heartbeat_interval_seconds = OLD.heartbeat_interval_seconds
		AND NEW.auto_switch_enabled = OLD.auto_switch_enabled AND NEW.auto_terminate_enabled = OLD.auto_terminate_enabled
		AND NEW.terminate_wait_seconds = OLD.terminate_wait_seconds AND NEW.replica_enabled = OLD.replica_enabled
		AND NEW.replica_count = OLD.replica_count AND NEW.manual_replica_enabled = OLD.manual_replica_enabled
		AND NEW.notice_status = OLD.notice_status AND NEW.notice_received_at <=> OLD.notice_received_at
		AND NEW.notice_deadline <=> OLD.notice_deadline AND NEW.notice_instance_id <=> OLD.notice_instance_id AND NEW.fastest_boot_pool_id <=> OLD.fastest_boot_pool_id
		AND NEW.metadata <=> OLD.metadata THEN
		SET NEW.version = OLD.version,
			NEW.updated_at = IF(NEW.spot_price <=> OLD.spot_price AND NEW.ondemand_price <=> OLD.ondemand_price, OLD.updated_at, CURRENT_TIMESTAMP);
	ELSE
		SET NEW.version = OLD.version + 1, NEW.updated_at = CURRENT_TIMESTAMP;
	END IF;
END //

CREATE OR REPLACE TRIGGER agents_after_update AFTER UPDATE ON agents FOR EACH ROW
IF (@spotop_bulk IS NULL OR NOT is_bulk(FALSE)) AND NEW.version <> OLD.version THEN
	IF NEW.enabled <> OLD.enabled THEN
		UPDATE spotop_agent_counts SET is_enabled = NEW.enabled WHERE client_id = NEW.client_id AND agent_id = NEW.id AND slot = 0;
		INSERT INTO spotop_agent_counts (client_id, slot, enabled_count) VALUES (NEW.client_id, 1 + CONNECTION_ID() MOD 16, NEW.enabled - OLD.enabled)
		ON DUPLICATE KEY UPDATE enabled_count = enabled_count + VALUES(enabled_count);
		IF NOT NEW.enabled THEN
			CALL event_log('outage_ended', NULL, 'was disabled', NEW.client_id, NEW.id, NULL, NULL);
		ELSEIF EXISTS (SELECT 1 FROM instances i WHERE i.agent_id = NEW.id) THEN
			CALL outage_check(NEW.client_id, NEW.id, NULL, NEW.current_pool_id, 'enabled without one');
		END IF;
	END IF;
	IF NEW.status <> OLD.status OR NEW.enabled <> OLD.enabled THEN
		INSERT INTO sse_events (client_id, event_type, event_data, expires_at)
		VALUES (NEW.client_id, 'AGENT_STATUS_CHANGED', JSON_OBJECT('agent_id', NEW.id, 'agent', NEW.logical_agent_id,
			'status', NEW.status, 'was', OLD.status, 'enabled', JSON_COMPACT(IF(NEW.enabled, 'true', 'false')),
			'was_enabled', JSON_COMPACT(IF(OLD.enabled, 'true', 'false')), 'at', utc_iso(UNIX_TIMESTAMP(NOW(3)))),
			FROM_UNIXTIME(UNIX_TIMESTAMP() + 3600));
		CALL event_log(IF(NEW.enabled <> OLD.enabled, IF(NEW.enabled, 'agent_enabled', 'agent_disabled'), CONCAT('agent_', NEW.status)),
			IF(NEW.enabled = OLD.enabled AND NEW.status <> 'online', 'warning', 'info'),
			CONCAT(NEW.logical_agent_id, IF(NEW.enabled <> OLD.enabled, IF(NEW.enabled, ' was enabled', ' was disabled'), CONCAT(' is ', NEW.status))),
			NEW.client_id, NEW.id, NEW.instance_id, JSON_OBJECT('was', OLD.status));
	END IF;
	-- A deadline that is moved is news as well: who counts the seconds must hear of it.
	IF NEW.notice_status <> OLD.notice_status OR (NEW.notice_status <> 'none' AND NOT NEW.notice_deadline <=> OLD.notice_deadline) THEN
		INSERT INTO sse_events (client_id, event_type, event_data, expires_at)
		VALUES (NEW.client_id, 'EMERGENCY_EVENT', JSON_OBJECT('agent_id', NEW.id, 'agent', NEW.logical_agent_id,
			'kind', NEW.notice_status, 'was', OLD.notice_status, 'deadline', utc_iso(UNIX_TIMESTAMP(NEW.notice_deadline)),
			'pool_id', NEW.current_pool_id, 'az', NEW.az, 'instance_id', NEW.instance_id, 'at', utc_iso(UNIX_TIMESTAMP(NOW(3)))),
			FROM_UNIXTIME(UNIX_TIMESTAMP() + 3600));
		CALL event_log(CASE NEW.notice_status WHEN 'none' THEN 'notice_cleared' WHEN 'rebalance' THEN 'rebalance_notice' ELSE 'termination_notice' END,
			CASE NEW.notice_status WHEN 'none' THEN 'info' WHEN 'rebalance' THEN 'warning' ELSE 'critical' END,
			CONCAT(NEW.logical_agent_id, CASE NEW.notice_status WHEN 'none' THEN ' is free of its notice'
				WHEN 'rebalance' THEN ' got a rebalance recommendation' ELSE ' got a Spot interruption notice' END,
				IF(NEW.notice_status = OLD.notice_status, ' with another deadline', '')),
			NEW.client_id, NEW.id, COALESCE(NEW.notice_instance_id, NEW.instance_id), JSON_OBJECT('pool', NEW.current_pool_id, 'az', NEW.az, 'was', OLD.notice_status,
				'deadline', utc_iso(UNIX_TIMESTAMP(NEW.notice_deadline)), 'received', utc_iso(UNIX_TIMESTAMP(NEW.notice_received_at))));
	END IF;
END IF //

-- Commands. completed, failed, cancelled and expired are final. None waits for ever: an agent that is back after a month
-- would carry it out.
CREATE OR REPLACE TRIGGER commands_before_insert BEFORE INSERT ON commands FOR EACH ROW
BEGIN
	CALL check_client_of_agent('commands', NEW.client_id, NEW.agent_id);
	IF NEW.expires_at IS NULL AND NEW.status IN ('pending', 'executing') THEN
		SET NEW.expires_at = FROM_UNIXTIME(UNIX_TIMESTAMP(COALESCE(NEW.created_at, CURRENT_TIMESTAMP)) + 86400);
	END IF;
END //

CREATE OR REPLACE TRIGGER commands_before_update BEFORE UPDATE ON commands FOR EACH ROW
BEGIN
	DECLARE v_text VARCHAR(300);
	IF NEW.status <> OLD.status THEN
		IF OLD.status IN ('completed', 'failed', 'cancelled', 'expired') THEN
			SET v_text = CONCAT('command ', OLD.id, ' is ', OLD.status, ' and cannot become ', NEW.status);
			SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
		END IF;
		IF NEW.status IN ('completed', 'failed', 'cancelled', 'expired') THEN
			SET NEW.completed_at = COALESCE(NEW.completed_at, CURRENT_TIMESTAMP), NEW.lease_until = NULL,
				NEW.success = COALESCE(NEW.success, NEW.status = 'completed'), NEW.stage = IF(NEW.status = 'completed', 'done', NEW.stage);
		END IF;
	END IF;
	IF NEW.stage <> OLD.stage AND NEW.stage_at <=> OLD.stage_at THEN
		SET NEW.stage_at = CURRENT_TIMESTAMP(3);
	END IF;
	-- A renewed lease is no change of the command.
	SET NEW.version = IF(NEW.lease_until <=> OLD.lease_until OR NEW.status <> OLD.status OR NEW.stage <> OLD.stage, OLD.version + 1, OLD.version);
END //

CREATE OR REPLACE TRIGGER commands_after_update AFTER UPDATE ON commands FOR EACH ROW
IF (@spotop_bulk IS NULL OR NOT is_bulk(FALSE)) AND NEW.status <> OLD.status AND NEW.status IN ('completed', 'failed', 'cancelled', 'expired') THEN
	INSERT INTO sse_events (client_id, event_type, event_data, expires_at)
	VALUES (NEW.client_id, 'COMMAND_EXECUTED', JSON_OBJECT('command_id', NEW.id, 'request_id', NEW.request_id,
		'agent_id', NEW.agent_id, 'command_type', NEW.command_type, 'status', NEW.status,
		'success', JSON_COMPACT(IF(NEW.success, 'true', 'false')), 'message', LEFT(NEW.message, 500),
		'instance_id', NEW.instance_id, 'target_pool_id', NEW.target_pool_id, 'at', utc_iso(UNIX_TIMESTAMP(NOW(3)))),
		FROM_UNIXTIME(UNIX_TIMESTAMP() + 3600));
	IF NEW.status IN ('completed', 'failed') AND NEW.command_type IN ('switch', 'LAUNCH_INSTANCE') THEN
		CALL capacity_learn(NEW.client_id, NEW.agent_id, NEW.target_mode, NEW.target_pool_id, NEW.status = 'completed', NEW.message);
	END IF;
	IF NEW.status <> 'completed' THEN
		CALL event_log(CONCAT('command_', NEW.status), IF(NEW.status = 'failed', 'error', 'info'),
			CONCAT(NEW.command_type, ' ', NEW.status, COALESCE(CONCAT(': ', LEFT(NEW.message, 300)), '')), NEW.client_id, NEW.agent_id,
			NEW.instance_id, JSON_OBJECT('command_id', NEW.id, 'command_type', NEW.command_type, 'message', LEFT(NEW.message, 500)));
	END IF;
END IF //

CREATE OR REPLACE TRIGGER switches_after_insert AFTER INSERT ON switches FOR EACH ROW
IF @spotop_bulk IS NULL OR NOT is_bulk(FALSE) THEN
	CALL event_log(IF(NEW.success, 'switch_completed', 'switch_failed'), IF(NEW.success, 'info', 'error'),
		CONCAT('switch ', COALESCE(NEW.old_pool_id, NEW.old_mode, '?'), ' to ', COALESCE(NEW.new_pool_id, NEW.new_mode, '?'),
			IF(NEW.success, '', CONCAT(' failed: ', COALESCE(LEFT(NEW.error_message, 300), 'no reason given')))),
		NEW.client_id, NEW.agent_id, NEW.new_instance_id,
		JSON_OBJECT('command_id', NEW.command_id, 'old', NEW.old_instance_id, 'new', NEW.new_instance_id,
			'downtime_seconds', NEW.downtime_seconds + 0, 'savings_impact', NEW.savings_impact + 0.0));
END IF //

DELIMITER ;
