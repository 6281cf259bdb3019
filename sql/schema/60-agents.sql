-- THE AGENT CONTRACT: how an agent speaks to this database. It needs the role spotop_agent and
-- nothing else: no table is written or read directly. Every procedure validates, acts in one
-- transaction of its own (or inside the caller's, if it has one open) and answers with one row.
-- A session may use any isolation level. The first call leaves it in UTC (time_zone '+00:00') and at the server's own
-- time, whatever it was set to.
--
-- Before the first agent, once, an administrator makes the client, whose secret its agents know, and a login:
--   INSERT INTO clients (name, email, client_token) VALUES ('acme', 'ops@acme.example', SHA2('the secret', 256));
--   CREATE USER acme_agents IDENTIFIED BY '…'; GRANT spotop_agent TO acme_agents;
--   SET DEFAULT ROLE spotop_agent FOR acme_agents;
--
-- The life of an agent
--   1 CALL agent_register(token, 'web-17', '{"hostname":…,"instance_id":"i-…"}')
--     once at start, again after each restart. The answer has agent_id, its interval and limits.
--   2 CALL agent_heartbeat(agent_id, 'online', '{"clock_ms":…}') each heartbeat_interval_seconds. The
--     answer says how many commands are pending and which config_version is current (when it grew:
--     register again). A heartbeat also renews the leases of the commands the agent is executing.
--   3 pending > 0: CALL agent_claim(agent_id, 60). One command, or no row. Keep its fence: it must be
--     given back with every word about the command. Work; say how far you are with agent_progress;
--     end with agent_complete or agent_fail. A lease that runs out (no heartbeat, no progress) lets
--     the command be claimed anew with a higher fence; whoever still holds the old one is refused
--     with 30002 and must stop. After 5 claims without an end the command fails by itself.
--   4 What happens to instances is told with the instance_… procedures (61-instances.sql), prices with
--     agent_report_prices each few minutes, interruption notices with agent_notice at once.
--
-- A switch, step by step: agent_claim -> the cloud's run-instances -> instance_launching(agent, new,
-- pool, 'spot', 'primary', command), agent_progress(…, 'launching') -> it answers ->
-- instance_running(new), agent_progress(…, 'ready') -> traffic moved -> promote_instance_to_primary(
-- new, NULL), agent_progress(…, 'promoted') -> wait terminate_wait_seconds -> instance_terminating(old),
-- agent_progress(…, 'cleanup') -> gone -> instance_terminated(old) -> agent_complete(agent, command,
-- fence, '{"old_instance_id":…,"new_instance_id":…,"downtime_seconds":4,"boot_seconds":41}').
-- agent_complete writes the row of `switches`, with prices and places taken from the instances.
--
-- A command that cannot be carried out ends with agent_fail(agent, command, fence, 'why', result), and what it
-- launched in vain with instance_terminating and instance_terminated; the old instance stays the primary all the while.
--
-- A notice: CALL agent_notice(agent, 'termination', deadline) at once, before anything else. The agent may save
-- itself without being told to: promote a ready replica, or launch and promote, with the same procedures and no
-- command. When its new primary runs it says agent_notice(agent, 'none', NULL). An instance that vanished without
-- a word is instance_terminated as soon as the agent, or whoever watches the cloud for it, knows.
--
-- What must be true whatever happens: one instance for one command (look at attempts, stage and metadata.progress before
-- launching), one primary for one agent (promote_instance_to_primary moves both in one transaction), and every
-- instance that costs money is in the database from instance_launching to instance_terminated.
--
-- Who may: an agent belongs to the login that registered it (one login for a whole gateway is fine); the
-- same words from another login are refused with 30001, until it registers with the client's token too. One that came
-- with a migration or an import belongs to no login and obeys nobody until it registers, or an administrator says whose
-- it is: CALL agent_bind(agent, 'acme_agents'), or of all of a client's at once agent_bind(client, 'acme_agents').
-- An instance is spoken for by its agent's login; one without an agent by the logins of its client's agents.
--
-- What an agent must keep across its own death: nothing. After a restart it registers, asks its cloud what
-- runs under its tags, and claims; a command it held before comes back after its lease with attempts > 1,
-- its stage and, in metadata.progress, what the last agent_progress said ("new_instance_id"). It goes on from there
-- and never launches a second instance for the same command.
--
-- The other commands: LAUNCH_INSTANCE (metadata.role primary or replica): launching, running, ready,
-- complete with new_instance_id and boot_seconds; a primary beside one that exists is promoted as in a switch.
-- PROMOTE_REPLICA_TO_PRIMARY (instance_id): promote, promoted, the old instance ends as in a switch.
-- TERMINATE_INSTANCE (instance_id): terminating, terminated. APPLY_CONFIG (metadata.set): register again, complete.
-- SELF_DESTRUCT: end every instance, complete, send no more heartbeats; completing it disables the agent.
-- terminate_wait_seconds of a command says when the old instance ends, 0: it is kept; NULL: the agent's setting.
--
-- Errors (SQLSTATE 45000, the text is a sentence): 30001 refused by a rule, 30002 conflict (older
-- fence or version), 30003 bad argument, 30004 not found. 1213 (deadlock), 1205 (a lock waited
-- for too long) and 1020 (a row changed since your transaction first looked; MariaDB 11.8 says so unless it is told
-- otherwise): nothing was done; do it again, in a new transaction. 1064 of a trigger's body, or 1305: nothing was done; connect
-- anew and do it again after 15 s (triggers_renew, 85-jobs.sql, says why).
-- Bytes that are no text the server refuses itself (1366); nothing is done.

DELIMITER //

-- A word that an ENUM does not know is error 1265 in a strict session, of SQLSTATE 01000, which a handler FOR
-- SQLEXCEPTION lets pass: the transaction would stay open. So words are checked here first, and the handlers
-- name 1265 too. (It is also the note of a decimal that is cut: round before.)
CREATE OR REPLACE PROCEDURE check_word(p_what VARCHAR(20), p_word LONGTEXT, p_words VARCHAR(400))
NO SQL
BEGIN
	DECLARE v_text VARCHAR(500);
	IF p_word IS NULL OR p_word = '' OR LOCATE(',', p_word) OR NOT FIND_IN_SET(LOWER(p_word) COLLATE utf8mb4_bin, p_words) THEN
		SET v_text = CONCAT(p_what, ' is ', COALESCE(QUOTE(LEFT(p_word, 60)), 'missing'), ', not one of ', REPLACE(p_words, ',', ' '));
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = v_text;
	END IF;
END //

CREATE OR REPLACE PROCEDURE refuse(p_errno INT, p_text VARCHAR(500))
NO SQL
SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = p_errno, MESSAGE_TEXT = p_text //

-- A copy of another database (a migration that has not had its last pass) takes no agent's word and no action.
CREATE OR REPLACE PROCEDURE refuse_copy()
READS SQL DATA
CALL refuse(30001, CONCAT('this database is a copy of ', {{copy_of}}, ' until the last pass of its migration (db migrate --final): it takes no action and no agent''s word')) //

-- What the server says of a value that its place does not take, as a bad argument that names the place; anything else returns.
CREATE OR REPLACE PROCEDURE refuse_unfit(p_errno INT, p_sqlstate CHAR(5), p_said VARCHAR(1000))
NO SQL
IF p_errno = 1301 OR (p_errno = 1048 AND p_said LIKE '%event_data%') THEN -- a JSON_OBJECT that is too large for a packet is NULL
	CALL refuse(30001, CONCAT('the server''s max_allowed_packet of ', @@max_allowed_packet, ' bytes is too small for an event: spotop doctor says what to set'));
ELSEIF p_sqlstate LIKE '22%' OR p_errno IN (1048, 1231, 1265, 1366, 1411, 4025, 4036, 4037, 4038, 4040, 4041, 4042, 4078) THEN
	CALL refuse(30003, LEFT(COALESCE(NULLIF(REPLACE(REPLACE(REGEXP_REPLACE(p_said, {{unfit_value}}, '\\3 is no \\1: \\2'),
			' is no string: ', ' has other letters than those of ASCII: '), ' is no datetime: ', ' is no time (YYYY-MM-DD hh:mm:ss): '), p_said),
		CONCAT('an argument does not fit: ', REGEXP_REPLACE(REPLACE(p_said, 'Data too long', 'too long'), {{unfit_place}}, ' for \\1'))), 400));
END IF //

-- An agent belongs to the login that registered it, or that an administrator bound it to: another login that knows its
-- id may not speak for it. One that was never registered here (migrated) belongs to nobody and obeys nobody. A host does
-- not matter: instances move. The client's token moves an agent to another login (agent_register).
CREATE OR REPLACE PROCEDURE agent_own(p_agent UUID)
READS SQL DATA
BEGIN
	DECLARE v_login VARCHAR(128);
	SELECT MAX(COALESCE(JSON_VALUE(metadata, '$.login'), '')) INTO v_login FROM agents WHERE id = p_agent;
	IF v_login IS NULL THEN
		CALL refuse(30004, CONCAT('there is no agent ', COALESCE(p_agent, 'NULL')));
	ELSEIF v_login = '' THEN
		CALL refuse(30001, CONCAT('agent ', p_agent, ' belongs to no login: it registers with its client''s token, or an administrator calls agent_bind'));
	ELSEIF NOT (BINARY v_login = BINARY SUBSTRING_INDEX(USER(), '@', 1)) THEN
		CALL refuse(30001, CONCAT('agent ', p_agent, ' belongs to another login than ', SUBSTRING_INDEX(USER(), '@', 1)));
	END IF;
END //

-- An instance that is named is the caller's, or it is not known: of this client, and of an agent of this login or of none.
CREATE OR REPLACE PROCEDURE instance_own(p_client UUID, p_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin)
READS SQL DATA
BEGIN
	DECLARE v_n INT DEFAULT 0;
	IF p_instance IS NOT NULL THEN
		SELECT COUNT(*) INTO v_n FROM instances i LEFT JOIN agents a ON a.id = i.agent_id
		WHERE i.id = p_instance AND NOT (i.client_id <=> p_client
			AND (a.id IS NULL OR BINARY COALESCE(JSON_VALUE(a.metadata, '$.login'), '') = BINARY SUBSTRING_INDEX(USER(), '@', 1)));
	END IF;
	IF v_n > 0 THEN
		CALL refuse(30001, CONCAT('instance ', p_instance, ' belongs to another agent, which this login does not speak for'));
	END IF;
END //

-- agent_bind(agent or client, login): an administrator says which login speaks for an agent, by its id, or for all agents
-- of a client (its id or name) that no login owns yet: those of a migration. A login of '' takes an agent's away.
-- Row: bound, how many. It writes a row of audit.
CREATE OR REPLACE PROCEDURE agent_bind(p_whose LONGTEXT, p_login LONGTEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	DECLARE v_id, v_agent, v_client UUID;
	DECLARE v_was VARCHAR(128);
	DECLARE v_n INT;
	{{undo(v_own)}};
	{{clock_true}};
	{{takes_text('agent or client', p_whose, 255)}};
	{{takes_text('login', p_login, 80)}};
	IF p_login IS NULL OR p_login RLIKE '[[:cntrl:]@]' THEN
		CALL refuse(30003, 'agent_bind: needs the name of a login, without its host');
	END IF;
	IF p_whose RLIKE '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' THEN
		SET v_id = p_whose;
	END IF;
	IF v_own THEN
		START TRANSACTION;
	END IF;
	SELECT last_id INTO v_n FROM spotop_audit_head WHERE id = 1 FOR UPDATE; -- the chain's head before any agent, as the verbs
	SELECT MAX(id), MAX(JSON_VALUE(metadata, '$.login')) INTO v_agent, v_was FROM agents WHERE id = v_id;
	IF v_agent IS NULL THEN
		SELECT MAX(id), COUNT(*) INTO v_client, v_n FROM clients WHERE id = v_id OR name = p_whose;
		IF v_client IS NULL OR v_n > 1 THEN
			CALL refuse(30004, CONCAT(IF(v_n > 1, 'several clients have the name ', 'there is no agent and no client '), COALESCE(QUOTE(LEFT(p_whose, 100)), 'NULL')));
		ELSEIF p_login = '' THEN
			CALL refuse(30003, 'agent_bind: a client''s agents are bound at once, and freed one by one');
		END IF;
	END IF;
	UPDATE agents SET metadata = JSON_SET(COALESCE(metadata, '{}'), '$.login', p_login)
	WHERE id = v_agent OR (v_agent IS NULL AND client_id = v_client AND COALESCE(JSON_VALUE(metadata, '$.login'), '') = '');
	SET v_n = ROW_COUNT();
	CALL audit_append(NULL, NULL, 'bind', IF(v_agent IS NULL, 'client', 'agent'), COALESCE(v_agent, v_client), UUID(), NULL,
		IF(v_agent IS NULL, NULL, JSON_OBJECT('login', v_was)), JSON_OBJECT('login', p_login, 'agents', v_n), 'done');
	IF v_own THEN COMMIT; END IF;
	SELECT v_n AS bound;
END //

-- Locks an agent's row; every writer that changes several rows of an agent does this first.
CREATE OR REPLACE PROCEDURE agent_lock(p_agent UUID, OUT p_client UUID)
MODIFIES SQL DATA
BEGIN
	DECLARE v_client UUID;
	SELECT MAX(client_id) INTO v_client FROM agents WHERE id = p_agent FOR UPDATE;
	IF v_client IS NULL THEN
		CALL refuse(30004, CONCAT('there is no agent ', COALESCE(p_agent, 'NULL')));
	END IF;
	SET p_client = v_client;
END //

-- A moment given as ISO 8601 UTC ("2026-11-22T12:00:00Z"), as a TIMESTAMP; NULL stays NULL.
CREATE OR REPLACE FUNCTION time_of_iso(p_iso VARCHAR(40) CHARSET ascii) RETURNS TIMESTAMP
NOT DETERMINISTIC NO SQL
RETURN FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01', STR_TO_DATE(LEFT(p_iso, 19), '%Y-%m-%dT%H:%i:%s'))) //

-- Makes a pool that is named as pools are (r3.large.us-east-1e) and not yet known.
CREATE OR REPLACE PROCEDURE pool_ensure(p_pool LONGTEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_n INT;
	DECLARE v_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin;
	{{undo(FALSE)}};
	{{clock_true}};
	{{takes_id('pool', p_pool, 100)}};
	SET v_pool = p_pool;
	SELECT COUNT(*) INTO v_n FROM spot_pools WHERE id = v_pool;
	IF v_n = 0 THEN
		IF NOT {{is_pool_name(COALESCE(v_pool, ''))}} THEN
			CALL refuse(30003, CONCAT('not the name of a pool (type.zone, as r3.large.us-east-1e): ', COALESCE(LEFT(v_pool, 100), 'NULL')));
		END IF;
		INSERT IGNORE INTO spot_pools (id, pool_name, instance_type, region, az)
		VALUES (v_pool, v_pool, SUBSTRING_INDEX(v_pool, '.', 2), LEFT(SUBSTRING_INDEX(v_pool, '.', -1), LENGTH(SUBSTRING_INDEX(v_pool, '.', -1)) - 1),
			SUBSTRING_INDEX(v_pool, '.', -1));
	END IF;
END //

-- The newest on-demand price of a type in a region, NULL when none is known.
CREATE OR REPLACE FUNCTION ondemand_price_of(p_type VARCHAR(32) CHARSET ascii COLLATE ascii_bin, p_region VARCHAR(20) CHARSET ascii COLLATE ascii_bin) RETURNS DECIMAL(10,6)
READS SQL DATA
RETURN (SELECT price FROM ondemand_prices WHERE instance_type = p_type AND region = p_region AND recorded_at <= CURRENT_TIMESTAMP
	ORDER BY recorded_at DESC LIMIT 1) //

-- The row of an agent that registers for the first time, as its client has its defaults, if the client may have one more.
CREATE OR REPLACE PROCEDURE agent_enter(p_client UUID, p_most INT, p_logical_id VARCHAR(128), OUT p_agent UUID)
MODIFIES SQL DATA
BEGIN
	DECLARE v_n INT;
	SELECT COUNT(*) INTO v_n FROM agents WHERE client_id = p_client;
	IF v_n >= p_most THEN
		CALL refuse(30001, CONCAT('the client has its ', {{n_of(p_most, 'agent', 'agents')}}, ' already'));
	END IF;
	SET p_agent = UUID();
	INSERT INTO agents (id, client_id, logical_agent_id, auto_switch_enabled, auto_terminate_enabled, terminate_wait_seconds)
	SELECT p_agent, p_client, p_logical_id, default_auto_switch_enabled, default_auto_terminate, default_terminate_wait_seconds
	FROM clients WHERE id = p_client;
	INSERT INTO agent_configs (agent_id) VALUES (p_agent);
END //

-- What an agent tells of itself when it registers; what it does not say stays as it was. It is online from then on.
CREATE OR REPLACE PROCEDURE agent_tells(p_agent UUID, p_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin, p_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin, p_info JSON)
MODIFIES SQL DATA
BEGIN
	DECLARE v_region, v_az VARCHAR(32);
	IF p_pool IS NOT NULL THEN
		CALL pool_ensure(p_pool);
		SELECT region, az INTO v_region, v_az FROM spot_pools WHERE id = p_pool;
	END IF;
	UPDATE agents SET
		hostname = COALESCE(JSON_VALUE(p_info, '$.hostname'), hostname),
		instance_id = COALESCE(p_instance, instance_id),
		instance_type = COALESCE(JSON_VALUE(p_info, '$.instance_type'), IF(p_pool IS NULL, NULL, SUBSTRING_INDEX(p_pool, '.', 2)), instance_type),
		region = COALESCE(JSON_VALUE(p_info, '$.region'), v_region, region),
		az = COALESCE(JSON_VALUE(p_info, '$.az'), v_az, az),
		ami_id = COALESCE(JSON_VALUE(p_info, '$.ami_id'), ami_id),
		private_ip = COALESCE(JSON_VALUE(p_info, '$.private_ip'), private_ip),
		public_ip = COALESCE(JSON_VALUE(p_info, '$.public_ip'), public_ip),
		agent_version = COALESCE(JSON_VALUE(p_info, '$.agent_version'), agent_version),
		current_mode = COALESCE(JSON_VALUE(p_info, '$.mode'), current_mode),
		current_pool_id = COALESCE(p_pool, current_pool_id),
		heartbeat_interval_seconds = COALESCE(JSON_VALUE(p_info, '$.heartbeat_interval_seconds'), heartbeat_interval_seconds),
		metadata = JSON_SET(COALESCE(metadata, '{}'), '$.login', SUBSTRING_INDEX(USER(), '@', 1)),
		status = 'online', last_heartbeat_at = CURRENT_TIMESTAMP
	WHERE id = p_agent;
END //

-- The row of an instance that was launched by nobody here: its agent's primary if it has none, else a replica.
CREATE OR REPLACE PROCEDURE agent_runs_on(p_client UUID, p_agent UUID, p_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DECLARE v_has_primary INT;
	SELECT COUNT(*) INTO v_has_primary FROM instances WHERE primary_of = p_agent;
	CALL instance_counts_lock(p_client);
	INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, ami_id, current_mode, current_pool_id, spot_price,
		ondemand_price, instance_status, is_primary, installed_at, launch_role)
	SELECT p_instance, a.client_id, a.id, COALESCE(a.instance_type, 'unknown'), COALESCE(a.region, 'unknown'), COALESCE(a.az, 'unknown'),
		a.ami_id, a.current_mode, IF(a.current_mode = 'spot', a.current_pool_id, NULL), p.last_price,
		ondemand_price_of(a.instance_type, a.region), IF(v_has_primary = 0, 'running_primary', 'running_replica'),
		v_has_primary = 0, CURRENT_TIMESTAMP, IF(v_has_primary = 0, 'primary', 'replica')
	FROM agents a LEFT JOIN spot_pools p ON p.id = a.current_pool_id WHERE a.id = p_agent;
	IF v_has_primary = 0 THEN
		CALL agent_adopt(p_agent, p_instance);
	END IF;
END //

-- agent_register(client_token, logical_id, info)
--   client_token  the client's secret itself; what the database keeps of it (clients.client_token, its SHA-256) opens
--                 nothing. Call it over TLS or a socket.
--   logical_id    the agent's name, unique in its client
--   info          hostname instance_id instance_type region az ami_id private_ip public_ip
--                 agent_version mode (spot|ondemand) pool heartbeat_interval_seconds; all optional.
--                 With instance_id the instance the agent runs on is entered if it is not known:
--                 running_primary when the agent has no primary, else running_replica.
-- Row: agent_id client_id heartbeat_interval_seconds config_version config (JSON: limits, toggles).
-- Registering again is the same agent; it becomes online.
CREATE OR REPLACE PROCEDURE agent_register(p_client_token LONGTEXT, p_logical_id LONGTEXT, p_info JSON)
MODIFIES SQL DATA
BEGIN
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	DECLARE v_client, v_agent, v_lock UUID;
	DECLARE v_active BOOLEAN;
	DECLARE v_max INT;
	DECLARE v_pool, v_instance VARCHAR(100) CHARSET ascii COLLATE ascii_bin;
	DECLARE v_n INT;
	{{undo(v_own)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_text('the agent''s name', p_logical_id, 128)}};
	{{takes_json('info', p_info)}};
	IF COALESCE(p_logical_id, '') = '' THEN
		CALL refuse(30003, 'an agent needs a name');
	END IF;
	IF JSON_VALUE(p_info, '$.mode') IS NOT NULL THEN
		CALL check_word('mode', JSON_VALUE(p_info, '$.mode'), 'unknown,ondemand,spot');
	END IF;
	IF v_own THEN
		SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
		START TRANSACTION;
	END IF;
	SELECT MAX(id), MAX(is_active), MAX(max_agents) INTO v_client, v_active, v_max FROM clients WHERE client_token = SHA2(p_client_token, 256);
	IF v_client IS NULL OR NOT v_active THEN
		CALL refuse(30001, 'no active client has this token');
	END IF;
	SET v_pool = JSON_VALUE(p_info, '$.pool'), v_instance = JSON_VALUE(p_info, '$.instance_id');
	SELECT MAX(id) INTO v_agent FROM agents WHERE client_id = v_client AND logical_agent_id = p_logical_id;
	IF v_agent IS NULL THEN
		CALL agent_enter(v_client, v_max, p_logical_id, v_agent);
	END IF;
	CALL agent_lock(v_agent, v_lock);
	CALL instance_own(v_client, v_instance);
	CALL agent_tells(v_agent, v_instance, v_pool, p_info);
	SELECT COUNT(*) INTO v_n FROM instances WHERE id = v_instance;
	IF v_instance IS NOT NULL AND v_n = 0 THEN
		CALL agent_runs_on(v_client, v_agent, v_instance);
	END IF;
	IF v_own THEN COMMIT; END IF;
	SELECT a.id AS agent_id, a.client_id, a.heartbeat_interval_seconds, a.config_version,
		JSON_OBJECT('min_savings_percent', COALESCE(c.min_savings_percent, 15.00), 'risk_threshold', COALESCE(c.risk_threshold, 0.300),
			'max_switches_per_week', COALESCE(c.max_switches_per_week, 10), 'min_pool_duration_hours', COALESCE(c.min_pool_duration_hours, 2),
			'preferred_azs', JSON_COMPACT(COALESCE(c.preferred_azs, '[]')), 'blacklist_pools', JSON_COMPACT(COALESCE(c.blacklist_pools, '[]')),
			'custom_weights', JSON_COMPACT(COALESCE(c.custom_weights, '{}')), 'enabled', JSON_COMPACT(IF(a.enabled, 'true', 'false')),
			'auto_switch_enabled', JSON_COMPACT(IF(a.auto_switch_enabled, 'true', 'false')),
			'auto_terminate_enabled', JSON_COMPACT(IF(a.auto_terminate_enabled, 'true', 'false')),
			'terminate_wait_seconds', a.terminate_wait_seconds, 'replica_enabled', JSON_COMPACT(IF(a.replica_enabled, 'true', 'false')),
			'replica_count', a.replica_count, 'manual_replica_enabled', JSON_COMPACT(IF(a.manual_replica_enabled, 'true', 'false'))) AS config
	FROM agents a LEFT JOIN agent_configs c ON c.agent_id = a.id WHERE a.id = v_agent;
END //

-- agent_heartbeat(agent, status, info)
--   status  offline | online | error, or NULL for no change (an offline agent becomes online)
--   info    agent_version; clock_ms, the agent's wall clock in ms since 1970: the difference to the
--           server's is kept. May be NULL.
-- Row: pending config_version enabled notice_status.
CREATE OR REPLACE PROCEDURE agent_heartbeat(p_agent LONGTEXT, p_status LONGTEXT, p_info JSON)
MODIFIES SQL DATA
BEGIN
	DECLARE v_agent UUID;
	DECLARE v_executing, v_open, v_skew, v_config INT;
	DECLARE v_agent_version VARCHAR(20);
	DECLARE v_notice VARCHAR(12);
	DECLARE v_may, v_is_copy, v_enabled BOOLEAN;
	DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
	{{undo(FALSE)}};
	{{clock_true}};
	{{takes_uuid('agent', p_agent)}};
	IF COALESCE(p_status, 'online') NOT LIKE 'online' COLLATE utf8mb4_bin THEN
		CALL check_word('status', p_status, 'offline,online,error');
	END IF;
	SET v_agent = p_agent;
	IF p_info IS NOT NULL THEN
		{{takes_json('info', p_info)}};
		SET v_agent_version = JSON_VALUE(p_info, '$.agent_version'),
			v_skew = IF(JSON_VALUE(p_info, '$.clock_ms') RLIKE '\\A[0-9]{1,16}\\z', LEAST(GREATEST(CAST(JSON_VALUE(p_info, '$.clock_ms') AS SIGNED) - CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), -2147483648), 2147483647), NULL);
	END IF;
	-- All that is asked, in one statement: each costs as much as a third of the UPDATE.
	SELECT {{is_own(a)}}, {{copy_of}} IS NOT NULL, a.config_version, a.enabled, a.notice_status
	INTO v_may, v_is_copy, v_config, v_enabled, v_notice FROM agents a WHERE a.id = v_agent;
	IF v_may IS NOT TRUE OR v_is_copy THEN
		{{copy_refuses}};
		CALL agent_own(v_agent);
	END IF;
	UPDATE agents SET last_heartbeat_at = CURRENT_TIMESTAMP, status = COALESCE(p_status, IF(status = 'offline', 'online', status)),
		agent_version = COALESCE(v_agent_version, agent_version), clock_skew_ms = COALESCE(v_skew, clock_skew_ms)
	WHERE id = v_agent;
	SELECT COUNT(*), COUNT(IF(status = 'executing', 1, NULL)) INTO v_open, v_executing
	FROM commands FORCE INDEX (idx_commands_agent_pending) WHERE agent_id = v_agent AND status IN ('pending', 'executing');
	IF v_executing > 0 THEN
		CALL commands_renew(v_agent);
	END IF;
	SELECT v_open - v_executing AS pending, v_config AS config_version, v_enabled AS enabled, v_notice AS notice_status;
END //

-- agents_heartbeat(agents): one statement for a gateway's batch, 100 to 500 at a time, a JSON array of
-- ids. Rows are taken in key order, so that two batches cannot deadlock. Unknown ids, and those of agents that
-- belong to another login or to none, are skipped.
-- Rows: agent_id and pending of those that have commands waiting (none: no row).
CREATE OR REPLACE PROCEDURE agents_heartbeat(p_agents JSON)
MODIFIES SQL DATA
BEGIN
	DECLARE v_ids, v_sql LONGTEXT;
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	DECLARE v_done BOOLEAN DEFAULT FALSE;
	DECLARE v_tries INT DEFAULT 0;
	{{undo(FALSE)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_json('agents', p_agents)}};
	SELECT GROUP_CONCAT(QUOTE(CAST(a.id AS CHAR)) ORDER BY a.id) INTO v_ids
	FROM JSON_TABLE(p_agents, '$[*]' COLUMNS (id CHAR(36) CHARACTER SET ascii PATH '$')) j JOIN agents a ON a.id = CAST(j.id AS UUID)
	WHERE BINARY JSON_VALUE(a.metadata, '$.login') = BINARY SUBSTRING_INDEX(USER(), '@', 1);
	IF v_ids IS NOT NULL THEN
		SET v_sql = CONCAT('UPDATE agents SET last_heartbeat_at = CURRENT_TIMESTAMP, status = IF(status = ''offline'', ''online'', status) WHERE id IN (', v_ids, ')');
		REPEAT
			BEGIN
				-- Whoever else holds several agents (alerts of many) may have met it half-way.
				DECLARE EXIT HANDLER FOR 1213, 1020
				BEGIN
					IF NOT v_own OR v_tries >= 10 THEN
						RESIGNAL;
					END IF;
				END;
				SET v_tries = v_tries + 1;
				EXECUTE IMMEDIATE v_sql;
				SET v_done = TRUE;
			END;
		UNTIL v_done END REPEAT;
		SET v_sql = CONCAT('SELECT GROUP_CONCAT(QUOTE(CAST(id AS CHAR)) ORDER BY id) INTO @spotop_ids FROM commands WHERE agent_id IN (', v_ids, ') AND status = ''executing''');
		EXECUTE IMMEDIATE v_sql;
		IF @spotop_ids IS NOT NULL THEN
			SET v_sql = CONCAT('UPDATE commands FORCE INDEX (PRIMARY) SET lease_until = IF(status = ''executing'', CURRENT_TIMESTAMP(3) + INTERVAL 60 SECOND, lease_until) WHERE id IN (', @spotop_ids, ')');
			EXECUTE IMMEDIATE v_sql;
		END IF;
		SET v_sql = CONCAT('SELECT agent_id, COUNT(*) AS pending FROM commands WHERE agent_id IN (', v_ids, ') AND status = ''pending'' GROUP BY agent_id');
		EXECUTE IMMEDIATE v_sql;
	END IF;
END //

DELIMITER ;
