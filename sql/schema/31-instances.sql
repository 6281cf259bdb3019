-- Instances: the state machine, durations, versions, and what each change leaves behind (counts,
-- stream events, log). Triggers, so that no writer can forget.

DELIMITER //

-- Milliseconds-exact "now" for event_data: 2026-11-22T12:00:00.000Z.
CREATE OR REPLACE FUNCTION utc_iso(p_unix DECIMAL(17,3)) RETURNS CHAR(24) CHARSET ascii
DETERMINISTIC
RETURN CONCAT(DATE_FORMAT('1970-01-01' + INTERVAL FLOOR(p_unix) SECOND, '%Y-%m-%dT%H:%i:%s.'), LPAD(MOD(FLOOR(p_unix * 1000), 1000), 3, '0'), 'Z') //

-- Is this move of an instance's state legal? The table stands in 13-instances.sql.
CREATE OR REPLACE FUNCTION instance_move_ok(p_from VARCHAR(20) CHARSET ascii, p_to VARCHAR(20) CHARSET ascii) RETURNS BOOLEAN
DETERMINISTIC
RETURN CASE p_from
	WHEN 'launching' THEN p_to IN ('running_primary', 'running_replica', 'terminating', 'terminated')
	WHEN 'running_primary' THEN p_to IN ('zombie', 'terminating', 'terminated')
	WHEN 'running_replica' THEN p_to IN ('promoting', 'running_primary', 'zombie', 'terminating', 'terminated')
	WHEN 'promoting' THEN p_to IN ('running_primary', 'running_replica', 'zombie', 'terminating', 'terminated')
	WHEN 'zombie' THEN p_to IN ('terminating', 'terminated')
	WHEN 'terminating' THEN p_to IN ('terminated', 'zombie')
	ELSE FALSE
END //

-- Seconds between two moments, by the clock that knows no time zone; NULL if one is not known;
-- at most what a SMALLINT UNSIGNED holds. An end before its beginning is refused by name.
CREATE OR REPLACE FUNCTION duration_seconds(p_what VARCHAR(64), p_from BIGINT, p_to BIGINT) RETURNS SMALLINT UNSIGNED
DETERMINISTIC
BEGIN
	DECLARE v_text VARCHAR(200);
	IF p_to < p_from THEN
		SET v_text = CONCAT(p_what, ' lies ', p_from - p_to, ' s before its request');
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
	END IF;
	RETURN LEAST(p_to - p_from, 65535);
END //

-- The agent of an instance must be an agent of the instance's client.
CREATE OR REPLACE PROCEDURE check_client_of_agent(p_what VARCHAR(64), p_client UUID, p_agent UUID)
READS SQL DATA
BEGIN
	DECLARE v_text VARCHAR(300);
	IF EXISTS (SELECT 1 FROM agents WHERE id = p_agent AND client_id <> p_client) THEN
		SET v_text = CONCAT(p_what, ': agent ', p_agent, ' belongs to another client');
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
	END IF;
END //

CREATE OR REPLACE TRIGGER instances_before_insert BEFORE INSERT ON instances FOR EACH ROW
BEGIN
	IF NEW.agent_id IS NOT NULL THEN
		CALL check_client_of_agent('instances', NEW.client_id, NEW.agent_id);
	END IF;
	IF NEW.instance_status = 'terminated' THEN
		SET NEW.is_active = FALSE;
	ELSEIF NEW.instance_status = 'launching' AND NEW.launch_requested_at IS NULL THEN
		SET NEW.launch_requested_at = CURRENT_TIMESTAMP;
	END IF;
	IF NEW.launch_confirmed_at IS NOT NULL THEN
		SET NEW.launch_duration_seconds = duration_seconds('launch_confirmed_at', UNIX_TIMESTAMP(NEW.launch_requested_at), UNIX_TIMESTAMP(NEW.launch_confirmed_at));
	END IF;
	IF NEW.termination_confirmed_at IS NOT NULL THEN
		SET NEW.termination_duration_seconds = duration_seconds('termination_confirmed_at', UNIX_TIMESTAMP(NEW.termination_requested_at), UNIX_TIMESTAMP(NEW.termination_confirmed_at));
	END IF;
END //

CREATE OR REPLACE TRIGGER instances_version_increment BEFORE UPDATE ON instances FOR EACH ROW
BEGIN
	DECLARE v_text VARCHAR(300);
	SET NEW.version = OLD.version + 1;
	IF NEW.instance_status <> OLD.instance_status THEN
		IF NOT instance_move_ok(OLD.instance_status, NEW.instance_status) THEN
			SET v_text = CONCAT('instance ', OLD.id, ' cannot go from ', OLD.instance_status, ' to ', NEW.instance_status);
			SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
		END IF;
		IF NEW.instance_status = 'terminated' THEN
			SET NEW.is_active = FALSE, NEW.terminated_at = COALESCE(NEW.terminated_at, CURRENT_TIMESTAMP);
		END IF;
	ELSEIF NEW.instance_status = 'terminated' AND NEW.is_active AND NOT OLD.is_active THEN
		SET v_text = CONCAT('instance ', OLD.id, ' is terminated and cannot become active');
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
	END IF;
	IF NOT (NEW.agent_id <=> OLD.agent_id AND NEW.client_id = OLD.client_id) AND NEW.agent_id IS NOT NULL THEN
		CALL check_client_of_agent('instances', NEW.client_id, NEW.agent_id);
	END IF;
	IF NEW.launch_confirmed_at IS NOT NULL AND NOT (NEW.launch_confirmed_at <=> OLD.launch_confirmed_at AND NEW.launch_requested_at <=> OLD.launch_requested_at) THEN
		SET NEW.launch_duration_seconds = duration_seconds('launch_confirmed_at', UNIX_TIMESTAMP(NEW.launch_requested_at), UNIX_TIMESTAMP(NEW.launch_confirmed_at));
	END IF;
	IF NEW.termination_confirmed_at IS NOT NULL AND NOT (NEW.termination_confirmed_at <=> OLD.termination_confirmed_at AND NEW.termination_requested_at <=> OLD.termination_requested_at) THEN
		SET NEW.termination_duration_seconds = duration_seconds('termination_confirmed_at', UNIX_TIMESTAMP(NEW.termination_requested_at), UNIX_TIMESTAMP(NEW.termination_confirmed_at));
	END IF;
END //

-- The stream event of an instance's new state (17-events.sql says what is in it).
CREATE OR REPLACE PROCEDURE sse_instance(
	p_client UUID, p_id VARCHAR(20) CHARSET ascii, p_agent UUID, p_status VARCHAR(20) CHARSET ascii, p_was VARCHAR(20) CHARSET ascii,
	p_is_primary BOOLEAN, p_mode VARCHAR(10) CHARSET ascii, p_pool VARCHAR(100) CHARSET ascii, p_az VARCHAR(32) CHARSET ascii,
	p_type VARCHAR(32) CHARSET ascii, p_price DECIMAL(10,6), p_version INT UNSIGNED)
MODIFIES SQL DATA
INSERT INTO sse_events (client_id, event_type, event_data, expires_at)
VALUES (p_client,
	CASE p_status WHEN 'launching' THEN 'INSTANCE_LAUNCHING' WHEN 'terminating' THEN 'INSTANCE_TERMINATING'
		WHEN 'terminated' THEN 'INSTANCE_TERMINATED' ELSE 'INSTANCE_RUNNING' END,
	JSON_OBJECT('instance_id', p_id, 'agent_id', p_agent, 'status', p_status, 'was', p_was,
		'is_primary', JSON_COMPACT(IF(p_is_primary, 'true', 'false')), 'mode', p_mode, 'pool_id', p_pool, 'az', p_az,
		'instance_type', p_type, 'spot_price', p_price + 0.0, 'version', p_version + 0, 'at', utc_iso(UNIX_TIMESTAMP(NOW(3)))),
	FROM_UNIXTIME(UNIX_TIMESTAMP() + 3600)) //

-- An outage lasts from the loss of an agent's running primary until it has another one. While a replica is being promoted
-- none begins. It is planned when a switch of the agent is under way; what is disabled has none.
CREATE OR REPLACE PROCEDURE outage_begin(p_agent UUID, p_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin, p_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin, p_why VARCHAR(40))
MODIFIES SQL DATA
BEGIN
	DECLARE v_agent VARCHAR(255);
	DECLARE v_client UUID;
	DECLARE v_cause VARCHAR(40);
	SELECT a.logical_agent_id, a.client_id, CASE WHEN EXISTS (SELECT 1 FROM commands m WHERE m.agent_id = a.id AND m.status = 'executing' AND m.command_type = 'switch') THEN 'switch'
			WHEN EXISTS (SELECT 1 FROM commands m WHERE m.agent_id = a.id AND m.status = 'executing' AND m.instance_id = p_instance AND m.command_type = 'TERMINATE_INSTANCE') THEN 'command'
			WHEN a.notice_status = 'termination' AND COALESCE(a.notice_instance_id = p_instance, TRUE) THEN 'termination_notice' ELSE p_why END
	INTO v_agent, v_client, v_cause FROM agents a
	WHERE a.id = p_agent AND a.enabled AND NOT EXISTS (SELECT 1 FROM instances i WHERE i.primary_of = a.id AND i.instance_status = 'running_primary' AND i.is_active)
		AND NOT EXISTS (SELECT 1 FROM instances i WHERE i.agent_id = a.id AND i.instance_status = 'promoting' AND i.is_active);
	IF v_agent IS NOT NULL THEN
		SET @spotop_trusted = 1;
		INSERT INTO system_events (event_type, severity, message, client_id, agent_id, instance_id, metadata)
		VALUES ('outage_began', IF(v_cause = 'switch', 'info', 'error'), CONCAT(v_agent, ' has no primary', COALESCE(CONCAT(': lost ', p_instance), ''), ' (', REPLACE(v_cause, '_', ' '), ')'),
			v_client, p_agent, p_instance, JSON_OBJECT('cause', v_cause, 'is_planned', JSON_COMPACT(IF(v_cause = 'switch', 'true', 'false')), 'pool', p_pool));
		SET @spotop_trusted = NULL;
	END IF;
END //

-- p_by: the instance that is the primary now; NULL: nothing is expected of the agent any more.
CREATE OR REPLACE PROCEDURE outage_end(p_agent UUID, p_by VARCHAR(20) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DECLARE v_type VARCHAR(50);
	DECLARE v_began BIGINT;
	DECLARE v_meta TEXT;
	DECLARE v_agent VARCHAR(255);
	DECLARE v_client UUID;
	DECLARE v_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin;
	SELECT e.event_type, UNIX_TIMESTAMP(e.created_at), e.metadata, e.instance_id INTO v_type, v_began, v_meta, v_instance FROM system_events e FORCE INDEX (idx_events_agent)
	WHERE e.agent_id = p_agent AND e.event_type IN ('outage_began', 'outage_ended') ORDER BY e.created_at DESC, e.id DESC LIMIT 1;
	IF v_type = 'outage_began' THEN
		SELECT logical_agent_id, client_id INTO v_agent, v_client FROM agents WHERE id = p_agent;
		SET @spotop_trusted = 1;
		INSERT INTO system_events (event_type, severity, message, client_id, agent_id, instance_id, metadata)
		VALUES ('outage_ended', IF(JSON_VALUE(v_meta, '$.is_planned') = 1, 'info', 'error'),
			CONCAT(v_agent, IF(p_by IS NULL, ' was disabled', ' has a primary again'), ' after ', GREATEST(0, UNIX_TIMESTAMP() - v_began), ' s without one'), v_client, p_agent, v_instance,
			JSON_SET(v_meta, '$.began_at', utc_iso(v_began), '$.seconds', GREATEST(0, UNIX_TIMESTAMP() - v_began), '$.by', p_by));
		SET @spotop_trusted = NULL;
	END IF;
END //

CREATE OR REPLACE TRIGGER instances_after_insert AFTER INSERT ON instances FOR EACH ROW
IF @spotop_bulk IS NULL OR NOT is_bulk(FALSE) THEN
	IF {{is_working(NEW)}} THEN
		CALL outage_end(NEW.agent_id, NEW.id);
	END IF;
	CALL instance_counts_move(NEW.client_id, NEW.agent_id,
		NEW.is_active, NEW.is_primary, NEW.instance_status, NEW.current_mode, NEW.spot_price, NEW.ondemand_price,
		FALSE, FALSE, '', '', NULL, NULL);
	IF NEW.is_active AND NEW.current_pool_id IS NOT NULL THEN
		CALL pool_counts_move(NEW.client_id, NEW.current_pool_id, 1);
	END IF;
	CALL sse_instance(NEW.client_id, NEW.id, NEW.agent_id, NEW.instance_status, NULL, NEW.is_primary, NEW.current_mode,
		NEW.current_pool_id, NEW.az, NEW.instance_type, NEW.spot_price, NEW.version);
END IF //

CREATE OR REPLACE TRIGGER instances_after_update AFTER UPDATE ON instances FOR EACH ROW
IF @spotop_bulk IS NULL OR NOT is_bulk(FALSE) THEN
	IF NOT (NEW.client_id = OLD.client_id AND NEW.agent_id <=> OLD.agent_id) THEN
		-- Two rows change: always the lower key first.
		IF COALESCE(NEW.agent_id, '00000000-0000-0000-0000-000000000000') < COALESCE(OLD.agent_id, '00000000-0000-0000-0000-000000000000') THEN
			CALL instance_counts_move(NEW.client_id, NEW.agent_id,
				NEW.is_active, NEW.is_primary, NEW.instance_status, NEW.current_mode, NEW.spot_price, NEW.ondemand_price,
				FALSE, FALSE, '', '', NULL, NULL);
			CALL instance_counts_move(OLD.client_id, OLD.agent_id,
				FALSE, FALSE, '', '', NULL, NULL,
				OLD.is_active, OLD.is_primary, OLD.instance_status, OLD.current_mode, OLD.spot_price, OLD.ondemand_price);
		ELSE
			CALL instance_counts_move(OLD.client_id, OLD.agent_id,
				FALSE, FALSE, '', '', NULL, NULL,
				OLD.is_active, OLD.is_primary, OLD.instance_status, OLD.current_mode, OLD.spot_price, OLD.ondemand_price);
			CALL instance_counts_move(NEW.client_id, NEW.agent_id,
				NEW.is_active, NEW.is_primary, NEW.instance_status, NEW.current_mode, NEW.spot_price, NEW.ondemand_price,
				FALSE, FALSE, '', '', NULL, NULL);
		END IF;
	ELSEIF NEW.is_active = OLD.is_active AND NEW.instance_status = OLD.instance_status AND NEW.is_primary = OLD.is_primary
		AND NEW.current_mode = OLD.current_mode AND NEW.spot_price - OLD.spot_price + NEW.ondemand_price - OLD.ondemand_price IS NOT NULL THEN
		-- Only prices, known before and after: the most frequent change by far.
		IF NEW.is_active AND NOT (NEW.spot_price = OLD.spot_price AND NEW.ondemand_price = OLD.ondemand_price) THEN
			CALL instance_counts_reprice(NEW.client_id, NEW.agent_id, NEW.is_primary, NEW.instance_status, NEW.current_mode,
				NEW.spot_price - OLD.spot_price, NEW.ondemand_price - OLD.ondemand_price);
		END IF;
	ELSEIF NOT (NEW.is_active = OLD.is_active AND NEW.instance_status = OLD.instance_status AND NEW.is_primary = OLD.is_primary
		AND NEW.current_mode = OLD.current_mode AND NEW.spot_price <=> OLD.spot_price AND NEW.ondemand_price <=> OLD.ondemand_price) THEN
		CALL instance_counts_move(NEW.client_id, NEW.agent_id,
			NEW.is_active, NEW.is_primary, NEW.instance_status, NEW.current_mode, NEW.spot_price, NEW.ondemand_price,
			OLD.is_active, OLD.is_primary, OLD.instance_status, OLD.current_mode, OLD.spot_price, OLD.ondemand_price);
	END IF;
	IF NOT (NEW.is_active = OLD.is_active AND NEW.current_pool_id <=> OLD.current_pool_id AND NEW.client_id = OLD.client_id) THEN
		IF OLD.is_active AND OLD.current_pool_id IS NOT NULL THEN
			CALL pool_counts_move(OLD.client_id, OLD.current_pool_id, -1);
		END IF;
		IF NEW.is_active AND NEW.current_pool_id IS NOT NULL THEN
			CALL pool_counts_move(NEW.client_id, NEW.current_pool_id, 1);
		END IF;
	END IF;
	IF NEW.instance_status <> OLD.instance_status THEN
		CALL sse_instance(NEW.client_id, NEW.id, NEW.agent_id, NEW.instance_status, OLD.instance_status, NEW.is_primary,
			NEW.current_mode, NEW.current_pool_id, NEW.az, NEW.instance_type, NEW.spot_price, NEW.version);
		-- What of it is worth keeping. The references are known to be good: no locks on parents.
		SET @spotop_trusted = 1;
		IF NEW.instance_status = 'zombie' THEN
			INSERT INTO system_events (event_type, severity, message, client_id, agent_id, instance_id, metadata)
			VALUES ('instance_zombie', 'warning', CONCAT(NEW.id, ' was ', OLD.instance_status, ' and lives on as a zombie'),
				NEW.client_id, NEW.agent_id, NEW.id, JSON_OBJECT('was', OLD.instance_status));
		ELSEIF NEW.instance_status = 'terminated' AND OLD.instance_status = 'launching' THEN
			INSERT INTO system_events (event_type, severity, message, client_id, agent_id, instance_id, metadata)
			VALUES ('launch_failed', 'error', CONCAT(NEW.id, ' ended before it ran'), NEW.client_id, NEW.agent_id, NEW.id,
				JSON_OBJECT('pool', NEW.current_pool_id, 'requested_at', utc_iso(UNIX_TIMESTAMP(NEW.launch_requested_at))));
		ELSEIF NEW.instance_status = 'running_primary' AND OLD.instance_status <> 'launching' THEN
			INSERT INTO system_events (event_type, severity, message, client_id, agent_id, instance_id, metadata)
			VALUES ('instance_promoted', 'info', CONCAT(NEW.id, ' became the primary'), NEW.client_id, NEW.agent_id, NEW.id,
				JSON_OBJECT('from', OLD.instance_status, 'version', NEW.version + 0));
		END IF;
		SET @spotop_trusted = NULL;
	END IF;
	IF {{is_working(NEW)}} AND NOT ({{is_working(OLD)}} AND NEW.agent_id <=> OLD.agent_id) THEN
		CALL outage_end(NEW.agent_id, NEW.id);
	END IF;
	IF {{is_working(OLD)}} AND NOT ({{is_working(NEW)}} AND NEW.agent_id <=> OLD.agent_id) THEN
		CALL outage_begin(OLD.agent_id, OLD.id, OLD.current_pool_id, IF(NEW.agent_id <=> OLD.agent_id, NEW.instance_status, 'taken away'));
	ELSEIF OLD.instance_status = 'promoting' AND NEW.instance_status NOT IN ('promoting', 'running_primary') AND NEW.agent_id IS NOT NULL THEN
		CALL outage_begin(NEW.agent_id, NEW.id, NEW.current_pool_id, 'promotion failed');
	END IF;
END IF //

CREATE OR REPLACE TRIGGER instances_after_delete AFTER DELETE ON instances FOR EACH ROW
IF (@spotop_bulk IS NULL OR NOT is_bulk(FALSE)) AND OLD.is_active THEN
	IF {{is_working(OLD)}} THEN
		CALL outage_begin(OLD.agent_id, OLD.id, OLD.current_pool_id, 'deleted');
	END IF;
	CALL instance_counts_move(OLD.client_id, OLD.agent_id,
		FALSE, FALSE, '', '', NULL, NULL,
		OLD.is_active, OLD.is_primary, OLD.instance_status, OLD.current_mode, OLD.spot_price, OLD.ondemand_price);
	IF OLD.current_pool_id IS NOT NULL THEN
		CALL pool_counts_move(OLD.client_id, OLD.current_pool_id, -1);
	END IF;
END IF //

DELIMITER ;
