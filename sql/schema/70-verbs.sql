-- What every verb procedure is made of: finding and locking the target, the replay of a known request,
-- guardrails, the comparison with what the operator saw, and the end (audit, commit, one row).
--
-- A verb: CALL verb_NAME(request_id, target, args, seen, dry_run, override, reason, os_user, host)
-- answers with one row: request_id, command_id, target, status, message, guardrails, before_state,
-- after_state, version. Status: done, dry_run, refused, conflict, replayed. Errors (SQLSTATE 45000):
-- 30001 refused, 30003 bad argument, 30004 not found. They run outside a transaction of the caller's.
--
-- Each is written in the same frame:
--   ({{verb_takes}}), its own DECLAREs, -- :include verb_begin     sql/parts: arguments, transaction, replay, end
--   its arguments checked, its target found (CALL verb_find_...)
--   -- :include verb_replay                   a request that was done answers as it did
--   v_before, the guardrails in v_rails, v_after, v_message
--   {{verb_decide}}; IF v_status = 'done' THEN it acts (verb_queue: a command for the agent) END IF
--   -- :include verb_finish                   audit, commit, one row
--
-- Order of locks: the head of the audit chain, then the agent's row, then the rest. Agents' procedures
-- never take the chain, so verbs wait for each other and for nobody else.
-- audit_log.after_state keeps, under "act", what a replay must give back.
DELIMITER //

CREATE OR REPLACE PROCEDURE verb_bad(p_text VARCHAR(400))
	COMMENT 'Bad argument'
BEGIN
	SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = p_text;
END//

CREATE OR REPLACE PROCEDURE verb_missing(p_text VARCHAR(400))
	COMMENT 'Not found'
BEGIN
	SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = p_text;
END//

-- The share of an AZ, a pool or a client that may be touched at once. Two at once are always fine. It is
-- a setting of the client whose agent is touched, a quarter where there is none:
--   UPDATE clients SET metadata = JSON_SET(COALESCE(metadata, '{}'), '$.max_touched_share', 0.1) WHERE name = 'acme';
CREATE OR REPLACE FUNCTION verb_max_share(p_client UUID) RETURNS DECIMAL(4,3) READS SQL DATA
	RETURN LEAST(GREATEST(COALESCE((SELECT CAST(JSON_VALUE(c.metadata, '$.max_touched_share') AS DECIMAL(4,3))
		FROM clients c WHERE c.id = p_client AND JSON_VALUE(c.metadata, '$.max_touched_share') REGEXP '^[01]?([.][0-9]+)?$'), 0.250), 0), 1)//

-- Seconds a command waits for a silent agent before it expires, and any other manual command.
CREATE OR REPLACE FUNCTION verb_expiry_seconds(p_silent BOOLEAN) RETURNS INT DETERMINISTIC
	RETURN IF(p_silent, 900, 3600)//

CREATE OR REPLACE FUNCTION verb_hash(p_verb VARCHAR(32), p_target VARCHAR(128), p_args JSON) RETURNS CHAR(64) CHARACTER SET ascii COLLATE ascii_bin DETERMINISTIC
	RETURN SHA2(CONCAT_WS('\n', p_verb, p_target, JSON_NORMALIZE(p_args)), 256)//

-- One more guardrail in the list.
CREATE OR REPLACE FUNCTION verb_guard(p_rails JSON, p_override JSON, p_may_override BOOLEAN, p_name VARCHAR(40),
	p_ok BOOLEAN, p_detail VARCHAR(400)) RETURNS JSON DETERMINISTIC
BEGIN
	DECLARE v_over BOOLEAN DEFAULT NOT p_ok AND p_may_override AND JSON_CONTAINS(p_override, JSON_QUOTE(p_name));
	RETURN JSON_ARRAY_APPEND(p_rails, '$', JSON_OBJECT('name', p_name,
		'ok', JSON_EXTRACT(IF(p_ok, 'true', 'false'), '$'), 'detail', p_detail,
		'overridden', JSON_EXTRACT(IF(v_over, 'true', 'false'), '$'),
		'may_override', JSON_EXTRACT(IF(p_may_override, 'true', 'false'), '$')));
END//

-- Why it is refused, as a sentence; NULL when nothing stands in the way.
CREATE OR REPLACE FUNCTION verb_refusal(p_rails JSON) RETURNS VARCHAR(2000) DETERMINISTIC
	RETURN (SELECT GROUP_CONCAT(g.name, ': ', g.detail ORDER BY g.n SEPARATOR '; ')
		FROM JSON_TABLE(p_rails, '$[*]' COLUMNS (n FOR ORDINALITY, name VARCHAR(40) PATH '$.name',
			detail VARCHAR(400) PATH '$.detail', ok VARCHAR(5) PATH '$.ok',
			overridden VARCHAR(5) PATH '$.overridden')) g
		WHERE g.ok IN ('0', 'false') AND g.overridden IN ('0', 'false'))//

-- What moved between what was seen and what is, as a sentence; NULL when nothing did. Keys that are
-- absent or null in p_seen are not compared; a price may move by the tolerance.
CREATE OR REPLACE FUNCTION verb_moved(p_seen JSON, p_now JSON) RETURNS VARCHAR(2000) DETERMINISTIC
BEGIN
	DECLARE v_i INT DEFAULT 0;
	DECLARE v_key VARCHAR(40);
	DECLARE v_seen, v_now VARCHAR(200);
	DECLARE v_keys JSON DEFAULT JSON_ARRAY({{seen_keys}});
	DECLARE v_tolerance DECIMAL(6,4) DEFAULT COALESCE(JSON_VALUE(p_seen, '$.price_tolerance'), 0.05);
	DECLARE v_text VARCHAR(2000);
	WHILE v_i < JSON_LENGTH(v_keys) DO
		SET v_key = JSON_VALUE(v_keys, CONCAT('$[', v_i, ']')), v_i = v_i + 1;
		SET v_seen = JSON_VALUE(p_seen, CONCAT('$.', v_key)), v_now = JSON_VALUE(p_now, CONCAT('$.', v_key));
		IF v_seen IS NOT NULL AND NOT (v_seen <=> v_now) AND (v_key <> 'price' OR v_now IS NULL
			OR ABS(CAST(v_now AS DECIMAL(20,6)) - CAST(v_seen AS DECIMAL(20,6)))
				> v_tolerance * ABS(CAST(v_seen AS DECIMAL(20,6)))) THEN
			SET v_text = CONCAT_WS('; ', v_text, CONCAT(REPLACE(v_key, '_', ' '), ' was ', IF(v_key = 'price', {{usd(v_seen)}}, v_seen), ', is ',
				COALESCE(IF(v_key = 'price', {{usd(v_now)}}, v_now), 'none')));
		END IF;
	END WHILE;
	RETURN v_text;
END//

-- What was seen is compared or refused: a key or a value that cannot be read would otherwise pass for one that did not change.
CREATE OR REPLACE PROCEDURE verb_check_seen(p_seen LONGTEXT)
BEGIN
	DECLARE v_i INT DEFAULT 0;
	DECLARE v_key VARCHAR(100);
	DECLARE v_keys JSON;
	{{takes_json('what was seen', p_seen)}};
	IF p_seen IS NOT NULL AND JSON_TYPE(p_seen) <> 'OBJECT' THEN
		CALL verb_bad('what was seen is no JSON object');
	END IF;
	SET v_keys = JSON_KEYS(p_seen);
	WHILE v_i < JSON_LENGTH(v_keys) DO
		SET v_key = LEFT(JSON_VALUE(v_keys, CONCAT('$[', v_i, ']')), 100), v_i = v_i + 1;
		IF NOT BINARY v_key IN ({{seen_keys}}, 'price_tolerance') THEN
			CALL verb_bad(CONCAT('what was seen has ', QUOTE(LEFT(v_key, 60)), ', which is compared with nothing'));
		ELSEIF JSON_TYPE(JSON_EXTRACT(p_seen, CONCAT('$.', v_key))) IN ('OBJECT', 'ARRAY')
			OR (v_key IN ('price', 'price_tolerance') AND NOT COALESCE(JSON_VALUE(p_seen, CONCAT('$.', v_key)), '0') RLIKE '\\A[0-9]{1,9}([.][0-9]{1,30})?(e-?[0-9]{1,2})?\\z') THEN
			CALL verb_bad(CONCAT('what was seen of ', v_key, ' cannot be read'));
		END IF;
	END WHILE;
END//

-- The start of every verb: arguments that can be read, a transaction, and one verb at a time.
CREATE OR REPLACE PROCEDURE verb_begin({{verb_takes}})
BEGIN
	DECLARE v_lock BIGINT UNSIGNED;
	{{clock_true}};
	{{takes_uuid('the request id', p_request_id)}};
	{{takes_text('the target', p_target, 128)}};
	{{takes_text('the reason', p_reason, 500)}};
	{{takes_text('os_user', p_os_user, 64)}};
	{{takes_text('host', p_host, 255)}};
	CALL verb_check_seen(p_seen);
	IF COALESCE(p_dry_run, '') NOT IN ('0', '1') THEN
		CALL verb_bad(IF(p_dry_run IS NULL, 'dry_run is missing: TRUE or FALSE', 'dry_run is neither TRUE nor FALSE'));
	END IF;
	IF NOT JSON_VALID(COALESCE(p_args, '{}')) OR JSON_TYPE(COALESCE(p_args, '{}')) <> 'OBJECT' THEN
		CALL verb_bad('the arguments are not a JSON object');
	END IF;
	IF NOT JSON_VALID(COALESCE(p_override, '[]')) OR JSON_TYPE(COALESCE(p_override, '[]')) <> 'ARRAY' THEN
		CALL verb_bad('the overrides are not a JSON array');
	END IF;
	SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
	START TRANSACTION;
	IF NOT p_dry_run THEN
		SELECT h.last_id INTO v_lock FROM spotop_audit_head h WHERE h.id = 1 FOR UPDATE;
	END IF;
END//

-- The agent by id, logical id, or client/logical id; its row is locked unless this is a dry run.
CREATE OR REPLACE PROCEDURE verb_find_agent(p_target VARCHAR(400), p_lock BOOLEAN, OUT p_agent UUID)
BEGIN
	DECLARE v_n INT DEFAULT 0;
	DECLARE v_slash INT DEFAULT LOCATE('/', p_target);
	SET p_agent = NULL;
	IF p_target REGEXP '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' THEN
		SELECT a.id INTO p_agent FROM agents a WHERE a.id = p_target;
	END IF;
	IF p_agent IS NULL THEN
		SELECT COUNT(*), MIN(a.id) INTO v_n, p_agent
			FROM clients c JOIN agents a ON a.client_id = c.id AND a.logical_agent_id = p_target;
		IF v_n > 1 THEN
			CALL verb_bad(CONCAT('there are ', v_n, ' agents named ', LEFT(p_target, 128), '; say CLIENT/AGENT'));
		END IF;
	END IF;
	IF p_agent IS NULL AND v_slash > 0 THEN
		SELECT MIN(a.id) INTO p_agent
			FROM clients c JOIN agents a ON a.client_id = c.id AND a.logical_agent_id = SUBSTR(p_target, v_slash + 1)
			WHERE c.name = LEFT(p_target, v_slash - 1);
	END IF;
	IF p_agent IS NULL THEN
		CALL verb_missing(CONCAT('no agent ', LEFT(p_target, 200)));
	END IF;
	IF p_lock THEN
		SELECT a.id INTO p_agent FROM agents a WHERE a.id = p_agent FOR UPDATE;
	END IF;
END//

-- What an agent's action is decided on, and what the operator is shown before it.
CREATE OR REPLACE FUNCTION verb_agent_facts(p_agent UUID, p_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin) RETURNS JSON
	READS SQL DATA
	RETURN (SELECT JSON_OBJECT('agent_id', CAST(a.id AS CHAR), 'agent', a.logical_agent_id, 'client', c.name,
		'enabled', JSON_EXTRACT(IF(a.enabled, 'true', 'false'), '$'), 'status', a.status, 'version', a.version,
		'notice_status', a.notice_status, 'notice_deadline', {{utc(a.notice_deadline)}},
		'seconds_since_heartbeat', {{silent_s(a)}},
		'instance_id', i.id, 'instance_version', i.version, 'instance_status', i.instance_status,
		'role', CASE WHEN i.id IS NULL THEN NULL WHEN i.is_primary THEN 'primary'
			WHEN i.instance_status = 'zombie' THEN 'zombie' ELSE 'replica' END,
		'instance_type', COALESCE(i.instance_type, a.instance_type), 'region', a.region, 'az', COALESCE(i.az, a.az),
		'mode', COALESCE(i.current_mode, a.current_mode), 'pool', COALESCE(i.current_pool_id, a.current_pool_id),
		'terminate_wait_seconds', IF(a.auto_terminate_enabled, a.terminate_wait_seconds, 0))
		FROM agents a JOIN clients c ON c.id = a.client_id
		LEFT JOIN instances i ON i.id = COALESCE(p_instance, (SELECT p.id FROM instances p WHERE p.primary_of = p_agent LIMIT 1))
		WHERE a.id = p_agent)//

-- The same with the prices: price is that of the pool aimed at, spot_price and ondemand_price those of where it is. They are
-- read without a lock, which a function would take: an agent that reports prices holds several pools.
CREATE OR REPLACE PROCEDURE verb_agent_state(p_agent UUID, p_instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin, p_pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin, OUT p_before JSON)
READS SQL DATA
BEGIN
	DECLARE v_prices JSON;
	SET p_before = verb_agent_facts(p_agent, p_instance);
	SELECT MAX(JSON_OBJECT('spot_price', IF(i.id IS NULL, {{spot_of(a, ap)}}, {{spot_of(i, ip)}}),
		'spot_price_at', {{utc(IF(i.id IS NULL, ap.last_price_at, ip.last_price_at))}},
		'ondemand_price', IF(i.id IS NULL, {{ondemand_of(a)}}, {{ondemand_of(i)}}),
		'target_pool', p_pool, 'price', t.last_price, 'price_at', {{utc(t.last_price_at)}})) INTO v_prices
	FROM agents a LEFT JOIN instances i ON i.id = JSON_VALUE(p_before, '$.instance_id')
	LEFT JOIN spot_pools t ON t.id = p_pool
	LEFT JOIN spot_pools ip ON ip.id = i.current_pool_id LEFT JOIN spot_pools ap ON ap.id = a.current_pool_id
	WHERE a.id = p_agent;
	SET p_before = JSON_MERGE_PRESERVE(p_before, v_prices);
END//

-- The first result of a request that was done before. Another verb, target or effect is an error, and so is a request
-- that was voided, for ever.
CREATE OR REPLACE PROCEDURE verb_replay(p_request_id UUID, p_hash CHAR(64), OUT p_found BOOLEAN)
BEGIN
	DECLARE v_result VARCHAR(500);
	DECLARE v_actor VARCHAR(255);
	DECLARE v_text VARCHAR(400);
	DECLARE v_before, v_after, v_kept JSON;
	DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_result = NULL;
	SET p_found = FALSE;
	IF p_request_id IS NULL THEN
		CALL verb_bad('a request id is needed');
	END IF;
	SELECT l.result, l.actor, l.before_state, l.after_state INTO v_result, v_actor, v_before, v_after FROM audit_log l
		WHERE l.settled_request = p_request_id;
	IF v_result = 'void' THEN
		SET v_text = CONCAT('request ', p_request_id, ' was voided by ', v_actor, ': it never happens; a new action needs a new id');
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
	ELSEIF v_result IS NOT NULL THEN
		SET v_kept = JSON_EXTRACT(v_after, '$.act'), p_found = TRUE;
		IF NOT (JSON_VALUE(v_kept, '$.hash') <=> p_hash) THEN
			CALL verb_bad(CONCAT('request ', p_request_id, ' was used for another action (',
				COALESCE(JSON_VALUE(v_kept, '$.message'), '?'), '); a new action needs a new id'));
		END IF;
		SELECT p_request_id AS request_id, JSON_VALUE(v_kept, '$.command_id') AS command_id,
			JSON_VALUE(v_kept, '$.target') AS target, 'replayed' AS status, JSON_VALUE(v_kept, '$.message') AS message,
			JSON_EXTRACT(v_kept, '$.guardrails') AS guardrails, v_before AS before_state,
			JSON_REMOVE(v_after, '$.act') AS after_state, CAST(JSON_VALUE(v_kept, '$.version') AS SIGNED) AS version,
			{{newest}} AS gtid;
	END IF;
END//

-- May it be done? Overrides must name guardrails of this verb and carry a reason.
CREATE OR REPLACE PROCEDURE verb_decide(p_seen JSON, p_before JSON, p_rails JSON, p_override JSON, p_reason VARCHAR(500),
	p_dry_run BOOLEAN, OUT p_status VARCHAR(10), INOUT p_message VARCHAR(2000))
BEGIN
	DECLARE v_text VARCHAR(2000);
	SELECT GROUP_CONCAT(o.name SEPARATOR ', ') INTO v_text
		FROM JSON_TABLE(p_override, '$[*]' COLUMNS (name VARCHAR(60) PATH '$')) o
		WHERE JSON_SEARCH(p_rails, 'one', o.name, NULL, '$[*].name') IS NULL;
	IF v_text IS NOT NULL THEN
		CALL verb_bad(CONCAT('this action has no guardrail ', LEFT(v_text, 100), COALESCE((SELECT CONCAT('; it has ', GROUP_CONCAT(DISTINCT r.name SEPARATOR ', '))
			FROM JSON_TABLE(p_rails, '$[*]' COLUMNS (name VARCHAR(60) PATH '$.name')) r), '')));
	END IF;
	SET v_text = verb_moved(p_seen, p_before);
	IF v_text IS NOT NULL THEN
		SET p_status = 'conflict', p_message = CONCAT('changed since it was read: ', v_text);
	ELSE
		SET v_text = verb_refusal(p_rails);
		IF v_text IS NOT NULL THEN
			SET p_status = 'refused', p_message = v_text;
		ELSEIF COALESCE(TRIM(p_reason), '') = '' AND JSON_CONTAINS(JSON_EXTRACT(p_rails, '$[*].overridden'), 'true') THEN
			SET p_status = 'refused', p_message = 'an override needs a reason';
		ELSE
			SET p_status = IF(p_dry_run, 'dry_run', 'done');
		END IF;
	END IF;
END//

-- The end of every verb: undo or keep, audit, commit, answer. A refusal is audited too, a dry run never. gtid: of what was
-- done, where the server replicates; by it a failover's loss is known.
CREATE OR REPLACE PROCEDURE verb_finish(p_verb VARCHAR(32), p_dry_run BOOLEAN, p_request_id UUID, p_hash CHAR(64), p_command UUID,
	p_target_type VARCHAR(20), p_target_id VARCHAR(128), p_target VARCHAR(300), p_status VARCHAR(10), p_message VARCHAR(2000),
	p_rails JSON, p_before JSON, p_after JSON, p_version BIGINT, p_reason VARCHAR(500), p_os_user VARCHAR(64), p_host VARCHAR(255))
BEGIN
	IF p_status <> 'done' THEN
		ROLLBACK;
	END IF;
	IF NOT p_dry_run THEN
		IF p_status <> 'done' THEN
			START TRANSACTION; -- else the chain's head is let go before the row is in
		END IF;
		CALL audit_append(p_os_user, p_host, p_verb, p_target_type, p_target_id, p_request_id, p_reason, p_before,
			JSON_INSERT(COALESCE(p_after, '{}'), '$.act', JSON_OBJECT('hash', p_hash, 'command_id', CAST(p_command AS CHAR),
				'target', p_target, 'message', p_message, 'guardrails', JSON_EXTRACT(p_rails, '$'), 'version', p_version)),
			p_status);
		COMMIT;
	END IF;
	SELECT p_request_id AS request_id, IF(p_status = 'done', p_command, NULL) AS command_id, p_target AS target,
		p_status AS status, p_message AS message, p_rails AS guardrails, p_before AS before_state, p_after AS after_state,
		p_version AS version, IF(p_status = 'done', NULLIF(@@last_gtid, ''), NULL) AS gtid;
END//

-- The name of a login without the host it came from: a person's next link may come from elsewhere.
CREATE OR REPLACE FUNCTION verb_login(p_actor VARCHAR(255)) RETURNS VARCHAR(255) DETERMINISTIC
	RETURN LEFT(p_actor, CHAR_LENGTH(p_actor) - CHAR_LENGTH(SUBSTRING_INDEX(p_actor, '@', -1)) - 1)//

-- Settles a request whose fate is unknown: unless it was done, it takes the request's key, so that a late original fails.
-- about: what it was to do, for the audit log. One row as a verb's; status: void, now or before, or replayed, with the first
-- result, when it was done. While a verb is under way (it holds the chain's head, and may be this one) it waits
-- two seconds and ends with 1205: ask again. What a row of another login stands for is not the caller's to void.
CREATE OR REPLACE PROCEDURE verb_void(p_request_id LONGTEXT, p_about LONGTEXT, p_reason LONGTEXT, p_os_user LONGTEXT, p_host LONGTEXT)
	COMMENT 'A request that never happens'
BEGIN
	DECLARE v_lock BIGINT UNSIGNED;
	DECLARE v_other VARCHAR(255);
	DECLARE v_text VARCHAR(400);
	DECLARE v_result VARCHAR(500);
	{{undo(TRUE)}};
	{{clock_true}};
	{{takes_uuid('the request id', p_request_id)}};
	{{takes_text('about', p_about, 300)}};
	{{takes_text('the reason', p_reason, 500)}};
	{{takes_text('os_user', p_os_user, 64)}};
	{{takes_text('host', p_host, 255)}};
	IF p_request_id IS NULL THEN
		CALL verb_bad('a request id is needed');
	END IF;
	SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
	START TRANSACTION;
	SET STATEMENT innodb_lock_wait_timeout = 2 FOR SELECT h.last_id INTO v_lock FROM spotop_audit_head h WHERE h.id = 1 FOR UPDATE;
	SET v_result = (SELECT l.result FROM audit_log l WHERE l.settled_request = p_request_id);
	IF NOT (v_result <=> 'void') THEN
		SET v_other = (SELECT MAX(l.actor) FROM audit_log l
			WHERE l.request_id = p_request_id AND BINARY verb_login(l.actor) <> BINARY verb_login(USER()));
		IF v_other IS NOT NULL THEN
			SET v_text = CONCAT('request ', p_request_id, ' is of ', LEFT(v_other, 200), ': only who issued it may void it');
			SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
		END IF;
	END IF;
	IF v_result IS NULL THEN
		CALL audit_append(p_os_user, p_host, 'void', 'request', p_request_id, p_request_id, p_reason, NULL,
			JSON_OBJECT('act', JSON_OBJECT('target', COALESCE(p_about, 'a request'),
				'message', CONCAT(COALESCE(p_about, 'it'), ' did not happen and never will'))), 'void');
	END IF;
	COMMIT;
	SELECT l.request_id, JSON_VALUE(l.after_state, '$.act.command_id') AS command_id,
		JSON_VALUE(l.after_state, '$.act.target') AS target, IF(l.result = 'done', 'replayed', l.result) AS status,
		JSON_VALUE(l.after_state, '$.act.message') AS message, JSON_EXTRACT(l.after_state, '$.act.guardrails') AS guardrails,
		l.before_state, JSON_REMOVE(l.after_state, '$.act') AS after_state,
		CAST(JSON_VALUE(l.after_state, '$.act.version') AS SIGNED) AS version, {{newest}} AS gtid
	FROM audit_log l WHERE l.settled_request = p_request_id;
END//

DELIMITER ;
