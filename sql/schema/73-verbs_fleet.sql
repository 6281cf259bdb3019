-- The verbs that change what the fleet is told or allowed: config, cancel, freeze, thaw, cordon,
-- uncordon; and those on alerts: ack, claim, release, snooze, note.
DELIMITER //

-- The toggles and limits of an agent as verb_config_state tells them, written.
CREATE OR REPLACE PROCEDURE verb_config_write(p_agent UUID, p_state JSON) MODIFIES SQL DATA
BEGIN
	INSERT INTO agent_configs (agent_id) SELECT p_agent FROM DUAL
		WHERE NOT EXISTS (SELECT 1 FROM agent_configs g WHERE g.agent_id = p_agent);
	UPDATE agents a SET a.enabled = JSON_VALUE(p_state, '$.enabled') IN ('1', 'true'),
		a.auto_switch_enabled = JSON_VALUE(p_state, '$.auto_switch_enabled') IN ('1', 'true'),
		a.manual_replica_enabled = JSON_VALUE(p_state, '$.manual_replica_enabled') IN ('1', 'true'),
		a.auto_terminate_enabled = JSON_VALUE(p_state, '$.auto_terminate_enabled') IN ('1', 'true'),
		a.replica_enabled = JSON_VALUE(p_state, '$.replica_enabled') IN ('1', 'true'),
		a.replica_count = JSON_VALUE(p_state, '$.replica_count'),
		a.terminate_wait_seconds = JSON_VALUE(p_state, '$.terminate_wait_seconds'),
		a.heartbeat_interval_seconds = JSON_VALUE(p_state, '$.heartbeat_interval_seconds'),
		a.config_version = a.config_version + 1
		WHERE a.id = p_agent;
	UPDATE agent_configs g SET g.min_savings_percent = JSON_VALUE(p_state, '$.min_savings_percent'),
		g.risk_threshold = JSON_VALUE(p_state, '$.risk_threshold'),
		g.max_switches_per_week = JSON_VALUE(p_state, '$.max_switches_per_week'),
		g.min_pool_duration_hours = JSON_VALUE(p_state, '$.min_pool_duration_hours'),
		g.preferred_azs = JSON_EXTRACT(p_state, '$.preferred_azs'),
		g.blacklist_pools = JSON_EXTRACT(p_state, '$.blacklist_pools')
		WHERE g.agent_id = p_agent;
END//

-- Sets an agent's toggles and limits. args: {"set": {"auto_switch": true, "max_switches_per_week": 5}}
-- The agent is told by an APPLY_CONFIG command in the same transaction.
CREATE OR REPLACE PROCEDURE verb_config({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Sets toggles and limits of an agent'
main: BEGIN
	DECLARE v_agent, v_command UUID;
	DECLARE v_deaf BOOLEAN;
	DECLARE v_i, v_n INT DEFAULT 0;
	DECLARE v_key VARCHAR(60);
	DECLARE v_value VARCHAR(500);
	DECLARE v_set JSON;
	-- :include verb_begin
	SET v_set = JSON_EXTRACT(p_args, '$.set'), v_n = COALESCE(JSON_LENGTH(v_set), 0);
	IF v_n = 0 THEN
		CALL verb_bad('config needs at least one key=value');
	END IF;
	CALL verb_find_agent(p_target, NOT p_dry_run, v_agent);
	-- :include verb_replay verb='config' | target=v_agent
	SET v_before = verb_config_state(v_agent), v_after = v_before;
	WHILE v_i < v_n DO
		SET v_key = JSON_VALUE(JSON_KEYS(v_set), CONCAT('$[', v_i, ']')), v_i = v_i + 1;
		SET v_value = COALESCE(JSON_VALUE(v_set, CONCAT('$.', v_key)), JSON_EXTRACT(v_set, CONCAT('$.', v_key)));
		SET v_value = verb_config_value(verb_config_key(v_key), v_value);
		SET v_after = JSON_SET(v_after, CONCAT('$.', verb_config_key(v_key)), JSON_EXTRACT(v_value, '$')),
			v_message = CONCAT_WS(', ', v_message, CONCAT(v_key, ' ', CASE v_value WHEN 'true' THEN 'on' WHEN 'false' THEN 'off' ELSE v_value END));
	END WHILE;
	SET v_rails = verb_guard(v_rails, p_override, FALSE, 'auto_switch_or_manual_replica',
		NOT (JSON_VALUE(v_after, '$.auto_switch_enabled') IN ('1', 'true') AND JSON_VALUE(v_after, '$.manual_replica_enabled') IN ('1', 'true')),
		IF(JSON_VALUE(v_after, '$.auto_switch_enabled') IN ('1', 'true') AND JSON_VALUE(v_after, '$.manual_replica_enabled') IN ('1', 'true'),
			'auto-switch and manual replica exclude each other: turn one off in the same action', 'not both of them'));
	SET v_rails = verb_guard(v_rails, p_override, FALSE, 'nothing_changes', NOT JSON_EQUALS(v_after, v_before),
		IF(JSON_EQUALS(v_after, v_before), 'it is set so already', 'something changes'));
	CALL verb_agent_guards(v_agent, NULL, p_override, v_rails, v_deaf);
	IF JSON_VALUE(v_before, '$.enabled') IN ('0', 'false') AND JSON_VALUE(v_after, '$.enabled') IN ('1', 'true') THEN
		SET v_rails = verb_enables(v_rails);
	END IF;
	SET v_message = CONCAT('config ', JSON_VALUE(v_before, '$.agent'), ': ', LEFT(v_message, 300));
	{{verb_decide}};
	IF v_status = 'done' THEN
		CALL verb_config_write(v_agent, v_after);
		CALL verb_queue(p_request_id, v_hash, v_agent, 'APPLY_CONFIG', NULL, NULL, NULL, NULL, v_deaf, p_reason, v_message, v_before,
			JSON_OBJECT('set', JSON_EXTRACT(v_set, '$'), 'override', JSON_EXTRACT(p_override, '$')), v_command);
		SET v_after = JSON_SET(v_after, '$.version', (SELECT a.version FROM agents a WHERE a.id = v_agent));
	END IF;
	-- :include verb_finish verb='config' | command=v_command | target='agent', v_agent, JSON_VALUE(v_before, '$.agent') | version=JSON_VALUE(v_after, '$.version')
END//

-- An agent without a row in agent_configs has that table's defaults.
CREATE OR REPLACE FUNCTION verb_config_state(p_agent UUID) RETURNS JSON READS SQL DATA
	RETURN (SELECT JSON_OBJECT('agent_id', CAST(a.id AS CHAR), 'agent', a.logical_agent_id, 'status', a.status,
		'version', a.version, 'notice_status', a.notice_status,
		'enabled', JSON_EXTRACT(IF(a.enabled, 'true', 'false'), '$'),
		'auto_switch_enabled', JSON_EXTRACT(IF(a.auto_switch_enabled, 'true', 'false'), '$'),
		'manual_replica_enabled', JSON_EXTRACT(IF(a.manual_replica_enabled, 'true', 'false'), '$'),
		'auto_terminate_enabled', JSON_EXTRACT(IF(a.auto_terminate_enabled, 'true', 'false'), '$'),
		'replica_enabled', JSON_EXTRACT(IF(a.replica_enabled, 'true', 'false'), '$'), 'replica_count', a.replica_count,
		'terminate_wait_seconds', a.terminate_wait_seconds, 'heartbeat_interval_seconds', a.heartbeat_interval_seconds,
		'min_savings_percent', COALESCE(g.min_savings_percent, 15.00), 'risk_threshold', COALESCE(g.risk_threshold, 0.300),
		'max_switches_per_week', COALESCE(g.max_switches_per_week, 10),
		'min_pool_duration_hours', COALESCE(g.min_pool_duration_hours, 2),
		'preferred_azs', JSON_EXTRACT(g.preferred_azs, '$'), 'blacklist_pools', JSON_EXTRACT(g.blacklist_pools, '$'))
		FROM agents a LEFT JOIN agent_configs g ON g.agent_id = a.id WHERE a.id = p_agent)//

-- The full name of a key; NULL when there is none.
CREATE OR REPLACE FUNCTION verb_config_key(p_key VARCHAR(60)) RETURNS VARCHAR(60) DETERMINISTIC
BEGIN
	DECLARE v_key VARCHAR(60) DEFAULT REPLACE(p_key, '-', '_');
	IF v_key IN ('auto_switch', 'manual_replica', 'auto_terminate', 'replica') THEN
		SET v_key = CONCAT(v_key, '_enabled');
	END IF;
	IF v_key NOT IN ('enabled', 'auto_switch_enabled', 'manual_replica_enabled', 'auto_terminate_enabled', 'replica_enabled',
		'replica_count', 'terminate_wait_seconds', 'heartbeat_interval_seconds', 'min_savings_percent', 'risk_threshold',
		'max_switches_per_week', 'min_pool_duration_hours', 'preferred_azs', 'blacklist_pools') THEN
		CALL verb_bad(CONCAT('an agent has no setting ', LEFT(p_key, 60)));
	END IF;
	RETURN v_key;
END//

-- The value of a key as JSON text, or an error that says what it takes.
CREATE OR REPLACE FUNCTION verb_config_value(p_key VARCHAR(60), p_value VARCHAR(500)) RETURNS VARCHAR(500) DETERMINISTIC
BEGIN
	IF p_key LIKE '%enabled' THEN
		IF LOWER(p_value) IN ('1', 'true', 'on', 'yes') THEN
			RETURN 'true';
		ELSEIF LOWER(p_value) IN ('0', 'false', 'off', 'no') THEN
			RETURN 'false';
		END IF;
		CALL verb_bad(CONCAT(p_key, ' takes on or off, not ', LEFT(p_value, 60)));
	ELSEIF p_key IN ('preferred_azs', 'blacklist_pools') THEN
		IF JSON_VALID(p_value) AND JSON_TYPE(p_value) = 'ARRAY' THEN
			RETURN p_value;
		END IF;
		RETURN IF(TRIM(COALESCE(p_value, '')) = '', '[]', CONCAT('["', REPLACE(REPLACE(REPLACE(p_value, '\\', ''), '"', ''), ',', '","'), '"]'));
	ELSEIF p_key IN ('min_savings_percent', 'risk_threshold') THEN
		IF p_value NOT REGEXP '^[0-9]+([.][0-9]+)?$' OR (p_key = 'risk_threshold' AND CAST(p_value AS DECIMAL(20,6)) > 1)
			OR CAST(p_value AS DECIMAL(20,6)) > 100 THEN
			CALL verb_bad(CONCAT(p_key, ' takes a number from 0 to ', IF(p_key = 'risk_threshold', '1', '100'), ', not ', LEFT(p_value, 60)));
		END IF;
	ELSEIF p_value NOT REGEXP '^[0-9]{1,6}$' OR CAST(p_value AS UNSIGNED) > CASE p_key WHEN 'replica_count' THEN 20
			WHEN 'max_switches_per_week' THEN 200 WHEN 'min_pool_duration_hours' THEN 720
			WHEN 'heartbeat_interval_seconds' THEN 30 ELSE 65535 END
		OR (p_key = 'heartbeat_interval_seconds' AND CAST(p_value AS UNSIGNED) < 1) THEN
		CALL verb_bad(CONCAT(p_key, ' does not take ', LEFT(p_value, 60)));
	END IF;
	RETURN p_value;
END//

-- Cancels a command no agent has claimed yet.
CREATE OR REPLACE PROCEDURE verb_cancel({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Cancels a pending command'
main: BEGIN
	DECLARE v_agent, v_command UUID;
	DECLARE v_n INT DEFAULT 0;
	-- :include verb_begin
	IF p_target REGEXP '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' THEN
		SELECT MIN(c.id), MIN(c.agent_id) INTO v_command, v_agent FROM commands c WHERE c.id = p_target OR c.request_id = p_target;
	END IF;
	IF v_command IS NULL THEN
		CALL verb_missing(CONCAT('no command ', LEFT(p_target, 100)));
	END IF;
	-- :include verb_replay verb='cancel' | target=v_command
	IF NOT p_dry_run THEN
		SELECT a.id INTO v_agent FROM agents a WHERE a.id = v_agent FOR UPDATE;
		SELECT c.id INTO v_command FROM commands c WHERE c.id = v_command FOR UPDATE;
	END IF;
	SELECT JSON_OBJECT('command_id', CAST(c.id AS CHAR), 'agent', a.logical_agent_id, 'command_type', c.command_type, 'status', {{command_status(c)}},
			'stage', c.stage, 'target_pool_id', c.target_pool_id, 'instance_id', c.instance_id, 'version', c.version)
		INTO v_before FROM commands c JOIN agents a ON a.id = c.agent_id WHERE c.id = v_command;
	SET v_rails = verb_guard(v_rails, p_override, FALSE, 'still_pending', JSON_VALUE(v_before, '$.status') = 'pending',
		CONCAT('it is ', JSON_VALUE(v_before, '$.status'), IF(JSON_VALUE(v_before, '$.status') = 'executing', ': the agent was faster', '')));
	SET v_after = JSON_OBJECT('status', 'cancelled');
	SET v_message = CONCAT('cancel ', JSON_VALUE(v_before, '$.command_type'), ' of ', JSON_VALUE(v_before, '$.agent'));
	{{verb_decide}};
	IF v_status = 'done' THEN
		UPDATE commands c SET c.status = 'cancelled', c.success = FALSE, c.completed_at = NOW(), c.stage = 'done', c.stage_at = NOW(3),
			c.message = CONCAT_WS(': ', CONCAT('cancelled by ', USER()), p_reason)
			WHERE c.id = v_command AND c.status = 'pending';
	END IF;
	-- :include verb_finish verb='cancel' | command=v_command | target='command', v_command, v_command | version=JSON_VALUE(v_before, '$.version')
END//

-- "fleet", "client:NAME", "agent:NAME", "pool:ID", "az:NAME", "region:NAME", the id of a freeze, or a
-- name alone (an agent's before a client's). id is what automation_freezes.scope_id holds.
CREATE OR REPLACE PROCEDURE verb_find_scope(p_target VARCHAR(400), OUT p_type VARCHAR(10), OUT p_id VARCHAR(128), OUT p_name VARCHAR(300))
BEGIN
	DECLARE v_type VARCHAR(400) DEFAULT SUBSTRING_INDEX(p_target, ':', 1);
	DECLARE v_rest VARCHAR(400) DEFAULT SUBSTR(p_target, LOCATE(':', p_target) + 1);
	DECLARE v_n INT;
	DECLARE v_agent UUID;
	IF p_target REGEXP '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' THEN
		SELECT MAX(IF(f.scope_type = 'all', 'fleet', CONCAT(f.scope_type, ':', f.scope_id))) INTO v_rest
			FROM automation_freezes f WHERE f.id = p_target;
		IF v_rest IS NOT NULL THEN
			SET p_target = v_rest, v_type = SUBSTRING_INDEX(p_target, ':', 1);
		END IF;
		SET v_rest = SUBSTR(p_target, LOCATE(':', p_target) + 1);
	END IF;
	IF p_target IN ('fleet', 'all') THEN
		SET p_type = 'all', p_id = '', p_name = 'fleet';
	ELSE
		IF LOCATE(':', p_target) = 0 OR v_type NOT IN ('client', 'agent', 'pool', 'az', 'region') THEN
			SET v_rest = p_target;
			SET v_type = IF(EXISTS (SELECT 1 FROM clients c WHERE c.name = v_rest)
				AND NOT EXISTS (SELECT 1 FROM clients c JOIN agents a ON a.client_id = c.id AND a.logical_agent_id = v_rest), 'client', 'agent');
		END IF;
		IF v_type = 'client' THEN
			SELECT COUNT(*), MIN(CAST(c.id AS CHAR)), MIN(c.name) INTO v_n, p_id, p_name FROM clients c
				WHERE c.name = v_rest OR CAST(c.id AS CHAR) = v_rest;
		ELSEIF v_type = 'agent' THEN
			CALL verb_find_agent(v_rest, FALSE, v_agent);
			SELECT 1, CAST(a.id AS CHAR), a.logical_agent_id INTO v_n, p_id, p_name FROM agents a WHERE a.id = v_agent;
		ELSE
			SELECT COUNT(*) > 0, v_rest, v_rest INTO v_n, p_id, p_name FROM spot_pools p
				WHERE CASE v_type WHEN 'pool' THEN p.id WHEN 'az' THEN p.az ELSE p.region END = v_rest;
		END IF;
		IF v_n <> 1 THEN
			CALL verb_missing(CONCAT(IF(v_n = 0, 'no ', 'several of that name: '), v_type, ' ', LEFT(v_rest, 200)));
		END IF;
		SET p_type = v_type, p_name = CONCAT(v_type, ':', p_name);
	END IF;
END//

-- The freeze of exactly this scope that is in force.
CREATE OR REPLACE FUNCTION verb_freeze_state(p_type VARCHAR(10), p_id VARCHAR(128)) RETURNS JSON READS SQL DATA
	RETURN COALESCE((SELECT JSON_OBJECT('frozen', JSON_EXTRACT('true', '$'), 'by', f.created_by, 'reason', f.reason,
			'expires_at', {{utc(f.expires_at)}})
		FROM automation_freezes f
		WHERE f.scope_type = p_type AND f.scope_id = p_id AND f.thawed_at IS NULL AND f.expires_at > NOW()
		ORDER BY f.expires_at DESC LIMIT 1), JSON_OBJECT('frozen', JSON_EXTRACT('false', '$')))//

-- Stops automatic commands for an agent, a client, a pool, a zone, a region or the fleet. args: {"seconds": n}
-- A freeze of the same scope that is in force is replaced.
CREATE OR REPLACE PROCEDURE verb_freeze({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Stops automatic switching for a while'
main: BEGIN
	DECLARE v_type VARCHAR(10);
	DECLARE v_id VARCHAR(128);
	DECLARE v_name VARCHAR(300);
	DECLARE v_seconds INT;
	DECLARE v_n INT;
	-- :include verb_begin
	SET v_seconds = JSON_VALUE(p_args, '$.seconds');
	IF COALESCE(v_seconds, 0) < 1 OR v_seconds > 2592000 THEN
		CALL verb_bad('a freeze needs its length, up to 30 days');
	END IF;
	IF COALESCE(TRIM(p_reason), '') = '' THEN
		CALL verb_bad('a freeze needs a reason');
	END IF;
	CALL verb_find_scope(p_target, v_type, v_id, v_name);
	-- :include verb_replay verb='freeze' | target=CONCAT(v_type, ':', v_id)
	SET v_before = verb_freeze_state(v_type, v_id);
	SELECT COUNT(*) INTO v_n FROM commands c JOIN agents a ON a.id = c.agent_id
		WHERE c.status = 'executing' AND c.trigger_type IN ('ml', 'scheduled') AND v_id = CASE v_type WHEN 'all' THEN ''
			WHEN 'client' THEN CAST(a.client_id AS CHAR) WHEN 'agent' THEN CAST(a.id AS CHAR) WHEN 'az' THEN a.az
			WHEN 'region' THEN a.region ELSE a.current_pool_id END;
	SET v_rails = verb_guard(v_rails, p_override, TRUE, 'frozen_longer',
		COALESCE(JSON_VALUE(v_before, '$.expires_at') <= {{utc(NOW() + INTERVAL v_seconds SECOND)}}, TRUE),
		COALESCE(CONCAT('frozen until ', JSON_VALUE(v_before, '$.expires_at'), ' by ', JSON_VALUE(v_before, '$.by')), 'not frozen'));
	SET v_after = JSON_OBJECT('scope', v_name, 'expires_at', {{utc(NOW() + INTERVAL v_seconds SECOND)}},
		'reason', p_reason, 'automatic_commands_running', v_n + 0);
	SET v_message = CONCAT('freeze ', v_name, ' for ', SEC_TO_TIME(v_seconds));
	{{verb_decide}};
	IF v_status = 'done' THEN
		UPDATE automation_freezes f SET f.thawed_at = NOW(), f.thawed_by = LEFT(USER(), 128), f.version = f.version + 1
			WHERE f.scope_type = v_type AND f.scope_id = v_id AND f.thawed_at IS NULL AND f.expires_at > NOW();
		INSERT INTO automation_freezes (scope_type, scope_id, reason, created_by, expires_at, request_id)
		VALUES (v_type, v_id, p_reason, LEFT(USER(), 128), NOW() + INTERVAL v_seconds SECOND, p_request_id);
	END IF;
	-- :include verb_finish verb='freeze' | command=NULL | target='scope', CONCAT_WS(':', v_type, NULLIF(v_id, '')), v_name | version=NULL
END//

-- Ends a freeze before its time. What it held back stays cancelled.
CREATE OR REPLACE PROCEDURE verb_thaw({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Ends a freeze'
main: BEGIN
	DECLARE v_type VARCHAR(10);
	DECLARE v_id VARCHAR(128);
	DECLARE v_name VARCHAR(300);
	DECLARE v_n INT;
	-- :include verb_begin
	CALL verb_find_scope(p_target, v_type, v_id, v_name);
	-- :include verb_replay verb='thaw' | target=CONCAT(v_type, ':', v_id)
	SET v_before = verb_freeze_state(v_type, v_id);
	SET v_rails = verb_guard(v_rails, p_override, FALSE, 'is_frozen', JSON_VALUE(v_before, '$.expires_at') IS NOT NULL,
		IF(JSON_VALUE(v_before, '$.expires_at') IS NULL, CONCAT(v_name, ' is not frozen'), 'it is frozen'));
	SELECT COUNT(*) INTO v_n FROM commands c JOIN automation_freezes f
		ON f.scope_type = v_type AND f.scope_id = v_id AND f.thawed_at IS NULL AND f.expires_at > NOW()
		WHERE c.status = 'cancelled' AND c.created_at >= f.created_at AND c.message LIKE CONCAT('frozen by ', f.created_by, ' (%');
	SET v_after = JSON_OBJECT('scope', v_name, 'frozen', JSON_EXTRACT('false', '$'), 'commands_held_back', v_n + 0);
	SET v_message = CONCAT('thaw ', v_name);
	{{verb_decide}};
	IF v_status = 'done' THEN
		UPDATE automation_freezes f SET f.thawed_at = NOW(), f.thawed_by = LEFT(USER(), 128), f.version = f.version + 1
			WHERE f.scope_type = v_type AND f.scope_id = v_id AND f.thawed_at IS NULL AND f.expires_at > NOW();
	END IF;
	-- :include verb_finish verb='thaw' | command=NULL | target='scope', CONCAT_WS(':', v_type, NULLIF(v_id, '')), v_name | version=NULL
END//

-- Closes a pool to switches and launches for a while (p_on), or opens it again.
CREATE OR REPLACE PROCEDURE verb_cordon_pool(p_on BOOLEAN, {{verb_takes}}) MODIFIES SQL DATA
main: BEGIN
	DECLARE v_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_target VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_verb VARCHAR(10) DEFAULT IF(p_on, 'cordon', 'uncordon');
	DECLARE v_cordoned BOOLEAN;
	DECLARE v_n INT;
	DECLARE v_seconds INT;
	-- :include verb_begin
	SET v_seconds = JSON_VALUE(p_args, '$.seconds'), v_target = REGEXP_REPLACE(p_target, '[^ -~]', '?'); -- what is not ASCII names none
	IF p_on AND (COALESCE(v_seconds, 0) < 1 OR v_seconds > 2592000) THEN
		CALL verb_bad('a cordon needs its length, up to 30 days');
	END IF;
	IF p_on AND COALESCE(TRIM(p_reason), '') = '' THEN
		CALL verb_bad('a cordon needs a reason');
	END IF;
	SELECT MAX(p.id) INTO v_pool FROM spot_pools p WHERE p.id = v_target;
	IF v_pool IS NULL THEN
		CALL verb_missing(CONCAT('no pool ', LEFT(p_target, 100)));
	END IF;
	-- :include verb_replay verb=v_verb | target=v_pool
	IF NOT p_dry_run THEN
		SELECT p.id INTO v_pool FROM spot_pools p WHERE p.id = v_pool FOR UPDATE;
	END IF;
	SELECT {{is_cordoned(p)}},
			JSON_OBJECT('pool', p.id, 'cordoned', JSON_EXTRACT(IF({{is_cordoned(p)}}, 'true', 'false'), '$'),
				'cordoned_until', {{utc(p.cordoned_until)}}, 'reason', p.cordon_reason)
		INTO v_cordoned, v_before FROM spot_pools p WHERE p.id = v_pool;
	SELECT COUNT(*) INTO v_n FROM commands c WHERE {{is_pending(c)}} AND c.target_pool_id = v_pool;
	IF NOT p_on THEN
		SET v_rails = verb_guard(v_rails, p_override, FALSE, 'is_cordoned', v_cordoned, IF(v_cordoned, 'it is cordoned', 'it is not cordoned'));
	END IF;
	SET v_after = IF(p_on, JSON_OBJECT('pool', v_pool, 'cordoned', JSON_EXTRACT('true', '$'),
			'cordoned_until', {{utc(NOW() + INTERVAL v_seconds SECOND)}}, 'reason', p_reason,
			'commands_pending_for_it', v_n + 0),
		JSON_OBJECT('pool', v_pool, 'cordoned', JSON_EXTRACT('false', '$')));
	SET v_message = CONCAT(v_verb, ' ', v_pool, IF(p_on, CONCAT(' for ', SEC_TO_TIME(v_seconds)), ''));
	{{verb_decide}};
	IF v_status = 'done' THEN
		UPDATE spot_pools p SET p.is_cordoned = p_on, p.cordoned_until = IF(p_on, NOW() + INTERVAL v_seconds SECOND, NULL),
			p.cordon_reason = IF(p_on, p_reason, NULL), p.cordoned_by = IF(p_on, LEFT(USER(), 128), NULL) WHERE p.id = v_pool;
	END IF;
	-- :include verb_finish verb=v_verb | command=NULL | target='pool', v_pool, v_pool | version=NULL
END//

CREATE OR REPLACE PROCEDURE verb_cordon({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Closes a pool to switches and launches'
BEGIN
	CALL verb_cordon_pool(TRUE, {{verb_passes}});
END//

CREATE OR REPLACE PROCEDURE verb_uncordon({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Opens a pool again'
BEGIN
	CALL verb_cordon_pool(FALSE, {{verb_passes}});
END//

-- The alert by its number, or the open one of a key.
CREATE OR REPLACE PROCEDURE verb_find_alert(p_target VARCHAR(400), OUT p_id BIGINT UNSIGNED)
BEGIN
	SET p_id = NULL;
	IF p_target REGEXP '^[0-9]{1,18}\\z' THEN
		SELECT MAX(l.id) INTO p_id FROM alerts l WHERE l.id = p_target;
	END IF;
	IF p_id IS NULL THEN
		SELECT MAX(l.id) INTO p_id FROM alerts l WHERE l.open_key = CONVERT(p_target USING ascii) COLLATE ascii_bin;
	END IF;
	IF p_id IS NULL THEN
		CALL verb_missing(CONCAT('no alert ', LEFT(p_target, 100)));
	END IF;
END//

-- ack, claim, release, snooze and note in one: what is done to an alert. args: snooze {"seconds": n},
-- note {"text": t}. Who claims an alert has seen it, so it is acknowledged too; release gives it back.
CREATE OR REPLACE PROCEDURE verb_alert(p_verb VARCHAR(10), {{verb_takes}}) MODIFIES SQL DATA
main: BEGIN
	DECLARE v_id BIGINT UNSIGNED;
	DECLARE v_open BOOLEAN;
	DECLARE v_seconds INT;
	DECLARE v_text VARCHAR(2000);
	DECLARE v_me VARCHAR(128);
	DECLARE v_by VARCHAR(128);
	DECLARE v_sees BOOLEAN;
	-- :include verb_begin
	{{takes_text('a note', TRIM(JSON_VALUE(p_args, '$.text')), 2000)}};
	SET v_seconds = JSON_VALUE(p_args, '$.seconds'), v_text = TRIM(JSON_VALUE(p_args, '$.text')), v_me = LEFT(CONCAT_WS('/', USER(), p_os_user), 128);
	IF p_verb = 'snooze' AND (COALESCE(v_seconds, 0) < 1 OR v_seconds > 604800) THEN
		CALL verb_bad('a snooze needs its length, up to 7 days');
	END IF;
	IF p_verb = 'note' AND COALESCE(v_text, '') = '' THEN
		CALL verb_bad('a note needs a text');
	END IF;
	CALL verb_find_alert(p_target, v_id);
	-- :include verb_replay verb=p_verb | target=v_id
	IF NOT p_dry_run THEN
		SELECT l.id INTO v_id FROM alerts l WHERE l.id = v_id FOR UPDATE;
	END IF;
	SELECT l.resolved_at IS NULL, JSON_OBJECT('alert_id', l.id, 'kind', l.kind, 'severity', l.severity, 'message', l.message,
			'acked_by', l.acked_by, 'claimed_by', l.claimed_by, 'snoozed_until', {{utc(l.snoozed_until)}},
			'resolved_at', {{utc(l.resolved_at)}}, 'notes', COALESCE(JSON_LENGTH(l.notes), 0), 'version', l.version)
		INTO v_open, v_before FROM alerts l WHERE l.id = v_id;
	IF p_verb <> 'note' THEN
		SET v_rails = verb_guard(v_rails, p_override, FALSE, 'still_open', v_open, IF(v_open, 'the alert is open', 'the alert is over'));
	END IF;
	IF p_verb IN ('ack', 'claim', 'release') THEN
		SET v_by = NULLIF(JSON_VALUE(v_before, IF(p_verb = 'ack', '$.acked_by', '$.claimed_by')), 'null');
		SET v_rails = verb_guard(v_rails, p_override, TRUE, IF(p_verb = 'ack', 'acked_by_another', 'claimed_by_another'), COALESCE(v_by = v_me, TRUE),
			IF(p_verb = 'ack', COALESCE(CONCAT(v_by, ' has seen it'), 'nobody has seen it'), COALESCE(CONCAT(v_by, ' looks after it'), 'nobody looks after it')));
	END IF;
	SET v_sees = p_verb = 'ack' OR (p_verb = 'claim' AND COALESCE(JSON_VALUE(v_before, '$.acked_by'), 'null') = 'null');
	SET v_after = CASE p_verb WHEN 'ack' THEN JSON_OBJECT('acked_by', v_me)
		WHEN 'claim' THEN JSON_OBJECT('acked_by', IF(v_sees, v_me, JSON_VALUE(v_before, '$.acked_by')), 'claimed_by', v_me)
		WHEN 'release' THEN JSON_OBJECT('claimed_by', NULL)
		WHEN 'snooze' THEN JSON_OBJECT('snoozed_until', {{utc(NOW() + INTERVAL v_seconds SECOND)}})
		ELSE JSON_OBJECT('note', v_text) END;
	SET v_message = CONCAT(p_verb, ' alert ', v_id, IF(p_verb = 'snooze', CONCAT(' for ', SEC_TO_TIME(v_seconds)), ''));
	{{verb_decide}};
	IF v_status = 'done' THEN
		UPDATE alerts l SET l.version = l.version + 1,
			l.acked_at = IF(v_sees, NOW(), l.acked_at),
			l.acked_by = IF(v_sees, v_me, l.acked_by),
			l.claimed_at = CASE p_verb WHEN 'claim' THEN NOW() WHEN 'release' THEN NULL ELSE l.claimed_at END,
			l.claimed_by = CASE p_verb WHEN 'claim' THEN v_me WHEN 'release' THEN NULL ELSE l.claimed_by END,
			l.snoozed_until = IF(p_verb = 'snooze', NOW() + INTERVAL v_seconds SECOND, l.snoozed_until),
			l.snoozed_by = IF(p_verb = 'snooze', LEFT(USER(), 128), l.snoozed_by),
			l.snoozed_saw = IF(p_verb = 'snooze', JSON_OBJECT('severity', l.severity, 'extent', COALESCE(JSON_VALUE(l.evidence, '$.extent'), 0),
				'instance_id', COALESCE(l.instance_id, '')), l.snoozed_saw),
			l.notes = IF(p_verb = 'note', JSON_ARRAY_APPEND(COALESCE(l.notes, '[]'), '$', JSON_OBJECT(
				'at', {{utc(NOW())}}, 'by', CONCAT_WS('/', USER(), p_os_user), 'text', v_text)), l.notes)
			WHERE l.id = v_id;
	END IF;
	-- :include verb_finish verb=p_verb | command=NULL | target='alert', v_id, v_id | version=JSON_VALUE(v_before, '$.version')
END//

CREATE OR REPLACE PROCEDURE verb_ack({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Says that somebody has seen an alert'
BEGIN
	CALL verb_alert('ack', {{verb_passes}});
END//

CREATE OR REPLACE PROCEDURE verb_claim({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Takes an alert on oneself'
BEGIN
	CALL verb_alert('claim', {{verb_passes}});
END//

CREATE OR REPLACE PROCEDURE verb_release({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Gives a claimed alert back'
BEGIN
	CALL verb_alert('release', {{verb_passes}});
END//

CREATE OR REPLACE PROCEDURE verb_snooze({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Silences an alert for a while'
BEGIN
	CALL verb_alert('snooze', {{verb_passes}});
END//

CREATE OR REPLACE PROCEDURE verb_note({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Adds a note to an incident'
BEGIN
	CALL verb_alert('note', {{verb_passes}});
END//

DELIMITER ;
