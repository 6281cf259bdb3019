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
-- otherwise): nothing was done; do it again, in a new transaction.
-- Bytes that are no text, and letters beyond ASCII in the id of an instance or a pool, the server refuses itself (1366); nothing is done.

DELIMITER //

-- A word that an ENUM does not know is error 1265 in a strict session, of SQLSTATE 01000, which a handler FOR
-- SQLEXCEPTION lets pass: the transaction would stay open. So words are checked here first, and the handlers
-- name 1265 too. (It is also the note of a decimal that is cut: round before.)
CREATE OR REPLACE PROCEDURE check_word(p_what VARCHAR(20), p_word LONGTEXT, p_words VARCHAR(400))
NO SQL
BEGIN
	DECLARE v_text VARCHAR(500);
	IF p_word IS NULL OR p_word = '' OR LOCATE(',', p_word) OR NOT FIND_IN_SET(p_word, p_words) THEN
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
	CALL refuse(30003, LEFT(CONCAT('an argument does not fit: ',
		REGEXP_REPLACE(p_said, ' for column [`'']?(?:[^ ]*[.])?[`'']?(?:[pv]_)?([a-z_]+)[`'']? at row [0-9]+', ' for \\1')), 400));
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
CREATE OR REPLACE PROCEDURE pool_ensure(p_pool LONGTEXT CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DECLARE v_n INT;
	{{undo(FALSE)}};
	{{clock_true}};
	SELECT COUNT(*) INTO v_n FROM spot_pools WHERE id = p_pool;
	IF v_n = 0 THEN
		IF NOT COALESCE(p_pool, '') RLIKE '\\A[a-z0-9-]+[.][a-z0-9-]+[.][a-z]{2}(-[a-z]+)+-[0-9]+[a-z]\\z' OR LENGTH(p_pool) > 100 THEN
			CALL refuse(30003, CONCAT('not the name of a pool (type.zone, as r3.large.us-east-1e): ', COALESCE(LEFT(p_pool, 100), 'NULL')));
		END IF;
		INSERT IGNORE INTO spot_pools (id, pool_name, instance_type, region, az)
		VALUES (p_pool, p_pool, SUBSTRING_INDEX(p_pool, '.', 2), LEFT(SUBSTRING_INDEX(p_pool, '.', -1), LENGTH(SUBSTRING_INDEX(p_pool, '.', -1)) - 1),
			SUBSTRING_INDEX(p_pool, '.', -1));
	END IF;
END //

-- The newest on-demand price of a type in a region, NULL when none is known.
CREATE OR REPLACE FUNCTION ondemand_price_of(p_type VARCHAR(32) CHARSET ascii COLLATE ascii_bin, p_region VARCHAR(20) CHARSET ascii COLLATE ascii_bin) RETURNS DECIMAL(10,6)
READS SQL DATA
RETURN (SELECT price FROM ondemand_prices WHERE instance_type = p_type AND region = p_region AND recorded_at <= CURRENT_TIMESTAMP
	ORDER BY recorded_at DESC LIMIT 1) //

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
	DECLARE v_region, v_az VARCHAR(32);
	DECLARE v_has_primary, v_n INT;
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
		SELECT COUNT(*) INTO v_n FROM agents WHERE client_id = v_client;
		IF v_n >= v_max THEN
			CALL refuse(30001, CONCAT('the client has its ', v_max, ' agents already'));
		END IF;
		SET v_agent = UUID();
		INSERT INTO agents (id, client_id, logical_agent_id, auto_switch_enabled, auto_terminate_enabled, terminate_wait_seconds)
		SELECT v_agent, v_client, p_logical_id, default_auto_switch_enabled, default_auto_terminate, default_terminate_wait_seconds
		FROM clients WHERE id = v_client;
		INSERT INTO agent_configs (agent_id) VALUES (v_agent);
	END IF;
	CALL agent_lock(v_agent, v_lock);
	CALL instance_own(v_client, v_instance);
	IF v_pool IS NOT NULL THEN
		CALL pool_ensure(v_pool);
		SELECT region, az INTO v_region, v_az FROM spot_pools WHERE id = v_pool;
	END IF;
	UPDATE agents SET
		hostname = COALESCE(JSON_VALUE(p_info, '$.hostname'), hostname),
		instance_id = COALESCE(v_instance, instance_id),
		instance_type = COALESCE(JSON_VALUE(p_info, '$.instance_type'), IF(v_pool IS NULL, NULL, SUBSTRING_INDEX(v_pool, '.', 2)), instance_type),
		region = COALESCE(JSON_VALUE(p_info, '$.region'), v_region, region),
		az = COALESCE(JSON_VALUE(p_info, '$.az'), v_az, az),
		ami_id = COALESCE(JSON_VALUE(p_info, '$.ami_id'), ami_id),
		private_ip = COALESCE(JSON_VALUE(p_info, '$.private_ip'), private_ip),
		public_ip = COALESCE(JSON_VALUE(p_info, '$.public_ip'), public_ip),
		agent_version = COALESCE(JSON_VALUE(p_info, '$.agent_version'), agent_version),
		current_mode = COALESCE(JSON_VALUE(p_info, '$.mode'), current_mode),
		current_pool_id = COALESCE(v_pool, current_pool_id),
		heartbeat_interval_seconds = COALESCE(JSON_VALUE(p_info, '$.heartbeat_interval_seconds'), heartbeat_interval_seconds),
		metadata = JSON_SET(COALESCE(metadata, '{}'), '$.login', SUBSTRING_INDEX(USER(), '@', 1)),
		status = 'online', last_heartbeat_at = CURRENT_TIMESTAMP
	WHERE id = v_agent;
	SELECT COUNT(*) INTO v_n FROM instances WHERE id = v_instance;
	IF v_instance IS NOT NULL AND v_n = 0 THEN
		SELECT COUNT(*) INTO v_has_primary FROM instances WHERE primary_of = v_agent;
		CALL instance_counts_lock(v_client);
		INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, ami_id, current_mode, current_pool_id, spot_price,
			ondemand_price, instance_status, is_primary, installed_at, launch_role)
		SELECT v_instance, a.client_id, a.id, COALESCE(a.instance_type, 'unknown'), COALESCE(a.region, 'unknown'), COALESCE(a.az, 'unknown'),
			a.ami_id, a.current_mode, IF(a.current_mode = 'spot', a.current_pool_id, NULL), p.last_price,
			ondemand_price_of(a.instance_type, a.region), IF(v_has_primary = 0, 'running_primary', 'running_replica'),
			v_has_primary = 0, CURRENT_TIMESTAMP, IF(v_has_primary = 0, 'primary', 'replica')
		FROM agents a LEFT JOIN spot_pools p ON p.id = a.current_pool_id WHERE a.id = v_agent;
		IF v_has_primary = 0 THEN
			CALL agent_adopt(v_agent, v_instance);
		END IF;
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

-- Renews the leases of what an agent is executing, each by its key: a search by agent and status locks the index that
-- whoever ends a command changes, while it holds the command.
CREATE OR REPLACE PROCEDURE commands_renew(p_agent UUID)
MODIFIES SQL DATA
FOR c IN (SELECT id FROM commands WHERE agent_id = p_agent AND status = 'executing') DO
	UPDATE commands SET lease_until = IF(status = 'executing', CURRENT_TIMESTAMP(3) + INTERVAL 60 SECOND, lease_until) WHERE id = c.id;
END FOR //

-- agent_heartbeat(agent, status, info)
--   status  offline | online | error, or NULL for no change (an offline agent becomes online)
--   info    agent_version; clock_ms, the agent's wall clock in ms since 1970: the difference to the
--           server's is kept. May be NULL.
-- Row: pending config_version enabled notice_status.
CREATE OR REPLACE PROCEDURE agent_heartbeat(p_agent LONGTEXT, p_status LONGTEXT, p_info JSON)
MODIFIES SQL DATA
BEGIN
	DECLARE v_agent UUID;
	DECLARE v_executing, v_open, v_skew INT;
	DECLARE v_agent_version VARCHAR(20);
	{{undo(FALSE)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_uuid('agent', p_agent)}};
	IF COALESCE(p_status, 'online') NOT LIKE 'online' THEN
		CALL check_word('status', p_status, 'offline,online,error');
	END IF;
	SET v_agent = p_agent;
	IF p_info IS NOT NULL THEN
		{{takes_json('info', p_info)}};
		SET v_agent_version = JSON_VALUE(p_info, '$.agent_version'),
			v_skew = IF(JSON_VALUE(p_info, '$.clock_ms') RLIKE '\\A[0-9]{1,16}\\z', LEAST(GREATEST(CAST(JSON_VALUE(p_info, '$.clock_ms') AS SIGNED) - CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), -2147483648), 2147483647), NULL);
	END IF;
	UPDATE agents SET last_heartbeat_at = CURRENT_TIMESTAMP, status = COALESCE(p_status, IF(status = 'offline', 'online', status)),
		agent_version = COALESCE(v_agent_version, agent_version), clock_skew_ms = COALESCE(v_skew, clock_skew_ms)
	WHERE id = v_agent AND BINARY JSON_VALUE(metadata, '$.login') = BINARY SUBSTRING_INDEX(USER(), '@', 1);
	IF ROW_COUNT() = 0 THEN -- not its own, or the second word of this second
		CALL agent_own(v_agent);
	END IF;
	SELECT COUNT(*), COUNT(IF(status = 'executing', 1, NULL)) INTO v_open, v_executing
	FROM commands FORCE INDEX (idx_commands_agent_pending) WHERE agent_id = v_agent AND status IN ('pending', 'executing');
	IF v_executing > 0 THEN
		CALL commands_renew(v_agent);
	END IF;
	SELECT v_open - v_executing AS pending, config_version, enabled, notice_status FROM agents WHERE id = v_agent;
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

-- agent_report_prices(agent, instance, role, prices): what the cloud asks for, as this instance sees it.
--   role    primary | replica | zombie: what the instance is
--   prices  [{"pool":"r3.large.us-east-1e","price":0.0228,"at":"2026-11-22T12:00:00Z"}, …];
--           at may be absent (now). Pools not yet known are made when they are named as pools are.
-- A row is refused that cannot be true: of more than 7 days ago or more than 5 minutes ahead, of zero or less, of more
-- than 20 times the on-demand price, or of 500 USD/h where that is unknown. The others go in, and an event tells of it.
-- A price goes to its pool and nowhere else: what instances cost is their count times it (13-instances.sql).
-- Row: accepted refused.
CREATE OR REPLACE PROCEDURE agent_report_prices(p_agent LONGTEXT, p_instance LONGTEXT CHARSET ascii COLLATE ascii_bin, p_role LONGTEXT, p_prices JSON)
MODIFIES SQL DATA
BEGIN
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	DECLARE v_n, v_refused INT;
	DECLARE v_client UUID;
	{{undo(v_own)}};
	{{clock_true}};
	{{copy_refuses}};
	{{takes_uuid('agent', p_agent)}};
	{{takes_text('instance', p_instance, 20)}};
	{{takes_json('prices', p_prices)}};
	CALL agent_own(p_agent);
	IF p_role IS NOT NULL THEN
		CALL check_word('role', p_role, 'primary,replica,zombie');
	END IF;
	IF v_own THEN
		SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
		START TRANSACTION;
	END IF;
	CALL agent_lock(p_agent, v_client);
	CALL instance_own(v_client, p_instance);
	FOR t IN (SELECT DISTINCT j.pool FROM JSON_TABLE(p_prices, '$[*]' COLUMNS (pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin PATH '$.pool')) j
		LEFT JOIN spot_pools p ON p.id = j.pool WHERE p.id IS NULL) DO
		CALL pool_ensure(t.pool);
	END FOR;
	-- In pool order, as every writer of pools' prices; type and region out of the pool's name, because a trigger of this
	-- statement writes pools, so that it may not read them.
	INSERT INTO spot_price_snapshots (agent_id, pool_id, price, observed_at, source_instance_id, source_instance_role)
	SELECT p_agent, r.pool, r.price, r.at, p_instance, p_role
	FROM (SELECT j.pool, j.price, COALESCE(20 * NULLIF(ondemand_price_of(SUBSTRING_INDEX(j.pool, '.', 2), LEFT(SUBSTRING_INDEX(j.pool, '.', -1), LENGTH(SUBSTRING_INDEX(j.pool, '.', -1)) - 1)), 0), 500) AS most,
			CASE WHEN j.at IS NULL THEN CURRENT_TIMESTAMP
				WHEN j.at RLIKE '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'
					AND SUBSTR(j.at, 9, 2) <= DAY(LAST_DAY(CONCAT(LEFT(j.at, 8), '01')))
					-- as texts: what lies past 2038 is no TIMESTAMP
					AND LEFT(j.at, 19) BETWEEN DATE_FORMAT(CURRENT_TIMESTAMP - INTERVAL 7 DAY, '%Y-%m-%dT%H:%i:%s') AND DATE_FORMAT(CURRENT_TIMESTAMP + INTERVAL 5 MINUTE, '%Y-%m-%dT%H:%i:%s')
					THEN time_of_iso(j.at) END AS at
		FROM JSON_TABLE(p_prices, '$[*]' COLUMNS (pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin PATH '$.pool',
			price DECIMAL(20,6) PATH '$.price', at VARCHAR(40) CHARACTER SET ascii PATH '$.at')) j) r
	WHERE r.price > 0 AND r.price <= r.most AND r.at IS NOT NULL
	ORDER BY r.pool, r.at;
	SET v_n = ROW_COUNT();
	SELECT COUNT(*) - v_n INTO v_refused FROM JSON_TABLE(p_prices, '$[*]' COLUMNS (n FOR ORDINALITY)) j;
	IF v_refused > 0 THEN
		INSERT INTO system_events (event_type, severity, message, client_id, agent_id, instance_id, metadata)
		VALUES ('prices_refused', 'warning', CONCAT(v_refused, ' prices that cannot be true were refused'), v_client, p_agent, p_instance,
			JSON_OBJECT('refused', v_refused, 'accepted', v_n));
	END IF;
	IF v_own THEN COMMIT; END IF;
	SELECT v_n AS accepted, v_refused AS refused;
END //

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
	END IF;
	-- The agent before its commands: the reference is looked at again when a command's place in its index changes.
	SELECT JSON_VALUE(metadata, '$.login'), {{copy_of}} IS NOT NULL INTO v_login, v_is_copy FROM agents WHERE id = v_agent LOCK IN SHARE MODE;
	IF v_is_copy THEN
		CALL refuse_copy();
	ELSEIF NOT COALESCE(BINARY v_login = BINARY SUBSTRING_INDEX(USER(), '@', 1), FALSE) THEN
		{{copy_refuses}}; -- of an agent that is not here
		CALL agent_own(v_agent);
	END IF;
	next_one: LOOP -- what may not be claimed any more ends when its turn comes: a claim costs the same however many wait
		SET v_id = NULL, v_end = NULL;
		SELECT id, IF(attempts >= 5 AND lease_until IS NOT NULL, 'failed', NULL) INTO v_id, v_end FROM commands FORCE INDEX (idx_commands_agent_pending)
		WHERE agent_id = v_agent AND status = 'executing' AND (lease_until IS NULL OR lease_until < CURRENT_TIMESTAMP(3))
		ORDER BY priority DESC, created_at LIMIT 1 FOR UPDATE SKIP LOCKED;
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
			INSERT INTO switches (client_id, agent_id, command_id, request_id, old_instance_id, old_instance_type, old_region, old_az, old_mode,
				old_pool_id, old_ami_id, new_instance_id, new_instance_type, new_region, new_az, new_mode, new_pool_id, new_ami_id,
				on_demand_price, old_spot_price, new_spot_price, savings_impact, event_trigger, trigger_type, user_id, downtime_seconds,
				success, error_message, metadata, initiated_at, boot_seconds)
			SELECT c.client_id, c.agent_id, c.id, c.request_id, COALESCE(o.id, v_old), o.instance_type, o.region, o.az, NULLIF(o.current_mode, 'unknown'),
				o.current_pool_id, o.ami_id, COALESCE(n.id, v_new), COALESCE(n.instance_type, p.instance_type), COALESCE(n.region, p.region),
				COALESCE(n.az, p.az), COALESCE(NULLIF(n.current_mode, 'unknown'), IF(c.target_mode = 'ondemand', 'ondemand', 'spot')),
				COALESCE(n.current_pool_id, c.target_pool_id), n.ami_id, COALESCE({{ondemand_of(n)}}, {{ondemand_of(o)}}), IF(o.current_mode = 'spot', {{spot_of(o, op)}}, o.spot_price),
				IF(n.current_mode = 'spot', {{spot_of(n, np)}}, NULL),
				IF(p_ok, {{usd_of(o, op)}} - {{usd_of(n, np)}}, NULL),
				c.trigger_type,
				CASE c.trigger_type WHEN 'ml' THEN 'ml_model' WHEN 'emergency' THEN IF(a.notice_status = 'rebalance', 'rebalance', 'termination') ELSE 'user' END,
				c.user_id, LEAST(JSON_VALUE(p_result, '$.downtime_seconds'), 65535), p_ok, IF(p_ok, NULL, p_message), p_result,
				COALESCE(c.executed_at, c.created_at), COALESCE(LEAST(JSON_VALUE(p_result, '$.boot_seconds'), 65535), n.launch_duration_seconds)
			FROM commands c JOIN agents a ON a.id = c.agent_id
			LEFT JOIN instances o ON o.id = v_old LEFT JOIN instances n ON n.id = v_new LEFT JOIN spot_pools p ON p.id = c.target_pool_id
			LEFT JOIN spot_pools op ON op.id = o.current_pool_id LEFT JOIN spot_pools np ON np.id = n.current_pool_id
			WHERE c.id = p_command;
			UPDATE instances SET last_switch_at = CURRENT_TIMESTAMP WHERE id = v_new AND p_ok;
			UPDATE ml_decisions SET action_taken = TRUE,
				actual_savings = (SELECT savings_impact FROM switches WHERE request_id = (SELECT request_id FROM commands WHERE id = p_command))
			WHERE command_id = p_command;
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

-- agent_notice(agent, kind, deadline): an interruption notice reached the agent's primary, or is over. One of another
-- kind or deadline than the last is of the primary of this moment; the same again stays with the instance it was of.
--   kind  none | rebalance | termination; deadline for termination, else NULL
-- Row: agent_id notice_status notice_received_at notice_deadline version.
CREATE OR REPLACE PROCEDURE agent_notice(p_agent LONGTEXT, p_kind LONGTEXT, p_deadline LONGTEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	DECLARE v_client UUID;
	DECLARE v_was VARCHAR(12);
	DECLARE v_deadline, v_until TIMESTAMP;
	DECLARE v_instance, v_primary VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_is_new BOOLEAN;
	{{undo(v_own)}};
	SET v_until = p_deadline; -- of the session's time zone, before it becomes UTC
	{{clock_true}};
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
	INTO v_was, v_deadline, v_instance, v_primary FROM agents WHERE id = p_agent;
	SET v_is_new = v_was <> p_kind OR (NOT v_deadline <=> v_until AND NOT v_instance <=> v_primary);
	UPDATE agents SET notice_status = p_kind, notice_deadline = IF(p_kind = 'none', NULL, v_until),
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
