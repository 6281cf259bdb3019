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

-- What the fleet's own back ends write with INSERT ... ON DUPLICATE KEY UPDATE or REPLACE would overwrite or delete the primary that is
-- there, by the key that lets an agent have one.
CREATE OR REPLACE PROCEDURE check_primary(p_agent UUID, p_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin)
READS SQL DATA
BEGIN
	DECLARE v_other VARCHAR(20) CHARSET ascii COLLATE ascii_bin;
	SELECT MAX(id) INTO v_other FROM instances WHERE primary_of = p_agent AND id <> p_instance;
	IF v_other IS NOT NULL THEN
		CALL refuse(30001, CONCAT('uk_instances_primary: agent ', p_agent, ' has the primary ', v_other, ': enter ', p_instance,
			' as a replica and CALL promote_instance_to_primary, or end ', v_other, ' first'));
	END IF;
END //

-- An id as clouds give them: letters that can be seen.
CREATE OR REPLACE PROCEDURE check_instance_id(p_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin)
NO SQL
IF p_instance = '' OR p_instance RLIKE '[^!-~]' THEN
	CALL refuse(30003, CONCAT('instances: ', QUOTE(p_instance), ' is no id of an instance: it is empty, or holds a blank or a control character'));
END IF //

CREATE OR REPLACE TRIGGER instances_before_insert BEFORE INSERT ON instances FOR EACH ROW
BEGIN
	CALL check_instance_id(NEW.id);
	IF NEW.is_primary AND NEW.agent_id IS NOT NULL AND NEW.instance_status IN ('running_primary', 'promoting') THEN
		CALL check_primary(NEW.agent_id, NEW.id);
	END IF;
	-- One that is going or gone astray still runs and costs; and TRUE is 1, whatever was written for it.
	SET NEW.is_primary = NEW.is_primary <> 0, NEW.is_active = NEW.is_active <> 0 OR NEW.instance_status IN ('terminating', 'zombie');
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
	IF NEW.id <> OLD.id THEN
		CALL check_instance_id(NEW.id);
	END IF;
	IF NEW.is_active <> OLD.is_active OR NEW.instance_status <> OLD.instance_status OR NEW.is_primary <> OLD.is_primary THEN
		SET NEW.is_primary = NEW.is_primary <> 0, NEW.is_active = NEW.is_active <> 0 OR NEW.instance_status IN ('terminating', 'zombie');
	END IF;
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

-- A line of the log that a trigger writes. The references are known to be good: no locks on parents. `outage_ended` (p_message:
-- what the agent is now; p_instance: its primary, NULL: none is expected any more) looks for the outage that is open and ends it;
-- where none is, nothing is written. One routine for all, and the only one that names the
-- log: each statement that may fire a trigger opens, before its first row, every table that any routine of the trigger
-- names, for each routine that names it.
CREATE OR REPLACE PROCEDURE event_log(p_type VARCHAR(50), p_severity VARCHAR(10), p_message TEXT, p_client UUID, p_agent UUID,
	p_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin, p_meta TEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_type VARCHAR(50);
	DECLARE v_id BIGINT UNSIGNED DEFAULT 0;
	DECLARE v_began BIGINT;
	DECLARE v_was TEXT;
	DECLARE v_agent VARCHAR(255);
	DECLARE v_seconds BIGINT;
	DECLARE v_by VARCHAR(20) CHARSET ascii COLLATE ascii_bin DEFAULT p_instance;
	IF p_type = 'outage_ended' THEN
		SELECT id, event_type, UNIX_TIMESTAMP(created_at), metadata, instance_id INTO v_id, v_type, v_began, v_was, p_instance
		FROM system_events FORCE INDEX (idx_events_agent)
		WHERE agent_id = p_agent AND event_type IN ('outage_began', 'outage_ended') AND created_at <= NOW() ORDER BY created_at DESC, id DESC LIMIT 1;
		-- or one written after it by a clock that was ahead
		SELECT event_type, UNIX_TIMESTAMP(created_at), metadata, instance_id INTO v_type, v_began, v_was, p_instance
		FROM system_events FORCE INDEX (idx_events_agent)
		WHERE agent_id = p_agent AND event_type IN ('outage_began', 'outage_ended') AND created_at > NOW() AND id > v_id ORDER BY id DESC LIMIT 1;
		IF v_type = 'outage_began' THEN
			SELECT logical_agent_id INTO v_agent FROM agents WHERE id = p_agent;
			SET v_seconds = GREATEST(0, UNIX_TIMESTAMP() - v_began), p_severity = IF(JSON_VALUE(v_was, '$.is_planned') = 1, 'info', 'error'),
				p_message = CONCAT(v_agent, ' ', p_message, ' after ', v_seconds, ' s without one'),
				p_meta = JSON_SET(v_was, '$.began_at', utc_iso(v_began), '$.seconds', v_seconds, '$.by', v_by);
		END IF;
	END IF;
	IF p_type <> 'outage_ended' OR v_type = 'outage_began' THEN
		SET @spotop_trusted = 1;
		INSERT INTO system_events (event_type, severity, message, client_id, agent_id, instance_id, metadata)
		VALUES (p_type, p_severity, p_message, p_client, p_agent, p_instance, p_meta);
		SET @spotop_trusted = NULL;
	END IF;
END //

-- An outage lasts from the loss of an agent's running primary until it has another one. While a replica is being promoted
-- none begins: the agent's counts, which hold the change already, say whether there is either. It is planned when a switch of
-- the agent is under way; what is disabled has none.
CREATE OR REPLACE PROCEDURE outage_check(p_client UUID, p_agent UUID, p_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin, p_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin, p_why VARCHAR(40))
MODIFIES SQL DATA
BEGIN
	DECLARE v_left INT DEFAULT 0;
	DECLARE v_agent VARCHAR(255);
	DECLARE v_cause VARCHAR(40);
	SELECT primary_count + promoting_count INTO v_left FROM spotop_agent_counts WHERE client_id = p_client AND agent_id = p_agent AND slot = 0;
	IF v_left <= 0 THEN
		SELECT a.logical_agent_id, CASE WHEN EXISTS (SELECT 1 FROM commands m WHERE m.agent_id = a.id AND m.status = 'executing' AND m.command_type = 'switch') THEN 'switch'
				WHEN EXISTS (SELECT 1 FROM commands m WHERE m.agent_id = a.id AND m.status = 'executing' AND m.instance_id = p_instance AND m.command_type = 'TERMINATE_INSTANCE') THEN 'command'
				WHEN a.notice_status = 'termination' AND COALESCE(a.notice_instance_id = p_instance, TRUE) THEN 'termination_notice' ELSE p_why END
		INTO v_agent, v_cause FROM agents a WHERE a.id = p_agent AND a.enabled;
		IF v_agent IS NOT NULL THEN
			CALL event_log('outage_began', IF(v_cause = 'switch', 'info', 'error'),
				CONCAT(v_agent, ' has no primary', COALESCE(CONCAT(': lost ', p_instance), ''), ' (', {{in_plain(v_cause)}}, ')'),
				p_client, p_agent, p_instance, JSON_OBJECT('cause', v_cause, 'is_planned', JSON_COMPACT(IF(v_cause = 'switch', 'true', 'false')), 'pool', p_pool));
		END IF;
	END IF;
END //

CREATE OR REPLACE TRIGGER instances_after_insert AFTER INSERT ON instances FOR EACH ROW
IF @spotop_bulk IS NULL OR NOT is_bulk(FALSE) THEN
	IF {{is_working(NEW)}} THEN
		CALL event_log('outage_ended', NULL, 'has a primary again', NEW.client_id, NEW.agent_id, NEW.id, NULL);
	END IF;
	IF NEW.is_active THEN
		CALL agent_counts_move(1, NEW.client_id, NEW.agent_id, NEW.instance_status, NEW.is_primary);
		CALL pool_counts_move(1, NEW.client_id, NEW.current_pool_id, NEW.current_mode, NEW.instance_type, NEW.region, NEW.instance_status, NEW.is_primary);
	END IF;
	-- :include instance_event was=NULL
	;
END IF //

-- An instance comes to another client, agent, pool, mode, type or region, or becomes active or inactive: it leaves what it
-- was counted in and comes to the other, in the order of keys. NULL for an agent: it has none.
CREATE OR REPLACE PROCEDURE instance_counts_move(
	n_active BOOLEAN, n_client UUID, n_agent UUID, n_status VARCHAR(20) CHARSET ascii, n_primary BOOLEAN, n_mode VARCHAR(10) CHARSET ascii,
	n_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin, n_type VARCHAR(32) CHARSET ascii COLLATE ascii_bin, n_region VARCHAR(20) CHARSET ascii COLLATE ascii_bin,
	o_active BOOLEAN, o_client UUID, o_agent UUID, o_status VARCHAR(20) CHARSET ascii, o_primary BOOLEAN, o_mode VARCHAR(10) CHARSET ascii,
	o_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin, o_type VARCHAR(32) CHARSET ascii COLLATE ascii_bin, o_region VARCHAR(20) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DECLARE v_agent_first BOOLEAN DEFAULT COALESCE(n_client < o_client OR (n_client = o_client AND n_agent < o_agent), FALSE);
	DECLARE v_pool_first BOOLEAN DEFAULT n_client < o_client OR (n_client = o_client AND COALESCE(n_pool, '') < COALESCE(o_pool, ''));
	IF n_active AND v_agent_first THEN
		CALL agent_counts_move(1, n_client, n_agent, n_status, n_primary);
	END IF;
	IF o_active THEN
		CALL agent_counts_move(-1, o_client, o_agent, o_status, o_primary);
	END IF;
	IF n_active AND NOT v_agent_first THEN
		CALL agent_counts_move(1, n_client, n_agent, n_status, n_primary);
	END IF;
	IF n_active AND v_pool_first THEN
		CALL pool_counts_move(1, n_client, n_pool, n_mode, n_type, n_region, n_status, n_primary);
	END IF;
	IF o_active THEN
		CALL pool_counts_move(-1, o_client, o_pool, o_mode, o_type, o_region, o_status, o_primary);
	END IF;
	IF n_active AND NOT v_pool_first THEN
		CALL pool_counts_move(1, n_client, n_pool, n_mode, n_type, n_region, n_status, n_primary);
	END IF;
END //

-- A price that changes alone counts nothing. A change of state is two rows, written here because a call costs as much
-- again: what ends is active no more, and no state of those counted, so that the differences hold for it too.
CREATE OR REPLACE TRIGGER instances_after_update AFTER UPDATE ON instances FOR EACH ROW
IF @spotop_bulk IS NULL OR NOT is_bulk(FALSE) THEN
	IF NOT (NEW.client_id = OLD.client_id AND NEW.agent_id <=> OLD.agent_id AND NEW.current_pool_id <=> OLD.current_pool_id AND NEW.current_mode = OLD.current_mode
		AND NEW.instance_type = OLD.instance_type AND NEW.region = OLD.region AND (NEW.is_active = OLD.is_active OR NEW.instance_status = 'terminated')) THEN
		CALL instance_counts_move(NEW.is_active, NEW.client_id, NEW.agent_id, NEW.instance_status, NEW.is_primary, NEW.current_mode, NEW.current_pool_id, NEW.instance_type, NEW.region,
			OLD.is_active, OLD.client_id, OLD.agent_id, OLD.instance_status, OLD.is_primary, OLD.current_mode, OLD.current_pool_id, OLD.instance_type, OLD.region);
	ELSEIF OLD.is_active AND NOT (NEW.instance_status = OLD.instance_status AND NEW.is_primary = OLD.is_primary AND NEW.is_active) THEN
		UPDATE spotop_agent_counts SET total_instances = total_instances + NEW.is_active - OLD.is_active,
			primary_count = primary_count + NEW.is_primary - OLD.is_primary,
			replica_count = replica_count + (NEW.instance_status = 'running_replica') - (OLD.instance_status = 'running_replica'),
			zombie_count = zombie_count + (NEW.instance_status = 'zombie') - (OLD.instance_status = 'zombie'),
			launching_count = launching_count + (NEW.instance_status = 'launching') - (OLD.instance_status = 'launching'),
			terminating_count = terminating_count + (NEW.instance_status = 'terminating') - (OLD.instance_status = 'terminating'),
			promoting_count = promoting_count + (NEW.instance_status = 'promoting') - (OLD.instance_status = 'promoting')
		WHERE client_id = NEW.client_id AND agent_id = NEW.agent_id AND slot = 0;
		INSERT INTO spotop_pool_counts (client_id, pool_id, current_mode, instance_type, region, share, total_instances, primary_count, replica_count, zombie_count, launching_count, terminating_count, promoting_count)
		VALUES (NEW.client_id, COALESCE(NEW.current_pool_id, ''), NEW.current_mode, NEW.instance_type, NEW.region, CONNECTION_ID() MOD 4,
			NEW.is_active - OLD.is_active, NEW.is_primary - OLD.is_primary, (NEW.instance_status = 'running_replica') - (OLD.instance_status = 'running_replica'),
			(NEW.instance_status = 'zombie') - (OLD.instance_status = 'zombie'), (NEW.instance_status = 'launching') - (OLD.instance_status = 'launching'),
			(NEW.instance_status = 'terminating') - (OLD.instance_status = 'terminating'), (NEW.instance_status = 'promoting') - (OLD.instance_status = 'promoting'))
		ON DUPLICATE KEY UPDATE total_instances = total_instances + VALUES(total_instances), primary_count = primary_count + VALUES(primary_count), replica_count = replica_count + VALUES(replica_count),
			zombie_count = zombie_count + VALUES(zombie_count), launching_count = launching_count + VALUES(launching_count), terminating_count = terminating_count + VALUES(terminating_count), promoting_count = promoting_count + VALUES(promoting_count);
	END IF;
	IF NEW.instance_status <> OLD.instance_status THEN
		-- :include instance_event was=OLD.instance_status
		;
		-- What of it is worth keeping.
		IF NEW.instance_status = 'zombie' THEN
			CALL event_log('instance_zombie', 'warning', CONCAT(NEW.id, ' was ', OLD.instance_status, ' and lives on as a zombie'),
				NEW.client_id, NEW.agent_id, NEW.id, JSON_OBJECT('was', OLD.instance_status));
		ELSEIF NEW.instance_status = 'terminated' AND OLD.instance_status = 'launching' THEN
			CALL event_log('launch_failed', 'error', CONCAT(NEW.id, ' ended before it ran'), NEW.client_id, NEW.agent_id, NEW.id,
				JSON_OBJECT('pool', NEW.current_pool_id, 'requested_at', utc_iso(UNIX_TIMESTAMP(NEW.launch_requested_at))));
		ELSEIF NEW.instance_status = 'running_primary' AND OLD.instance_status <> 'launching' THEN
			CALL event_log('instance_promoted', 'info', CONCAT(NEW.id, ' became the primary'), NEW.client_id, NEW.agent_id, NEW.id,
				JSON_OBJECT('from', OLD.instance_status, 'version', NEW.version + 0));
		END IF;
	END IF;
	IF {{is_working(NEW)}} AND NOT ({{is_working(OLD)}} AND NEW.agent_id <=> OLD.agent_id) THEN
		CALL event_log('outage_ended', NULL, 'has a primary again', NEW.client_id, NEW.agent_id, NEW.id, NULL);
	END IF;
	IF {{is_working(OLD)}} AND NOT ({{is_working(NEW)}} AND NEW.agent_id <=> OLD.agent_id) THEN
		CALL outage_check(OLD.client_id, OLD.agent_id, OLD.id, OLD.current_pool_id, IF(NEW.agent_id <=> OLD.agent_id, NEW.instance_status, 'taken away'));
	ELSEIF OLD.instance_status = 'promoting' AND NEW.instance_status NOT IN ('promoting', 'running_primary') AND NEW.agent_id IS NOT NULL THEN
		CALL outage_check(NEW.client_id, NEW.agent_id, NEW.id, NEW.current_pool_id, 'promotion failed');
	END IF;
END IF //

CREATE OR REPLACE TRIGGER instances_after_delete AFTER DELETE ON instances FOR EACH ROW
IF (@spotop_bulk IS NULL OR NOT is_bulk(FALSE)) AND OLD.is_active THEN
	CALL agent_counts_move(-1, OLD.client_id, OLD.agent_id, OLD.instance_status, OLD.is_primary);
	CALL pool_counts_move(-1, OLD.client_id, OLD.current_pool_id, OLD.current_mode, OLD.instance_type, OLD.region, OLD.instance_status, OLD.is_primary);
	IF {{is_working(OLD)}} THEN
		CALL outage_check(OLD.client_id, OLD.agent_id, OLD.id, OLD.current_pool_id, 'deleted');
	END IF;
END IF //

DELIMITER ;
