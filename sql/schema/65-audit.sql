-- The audit chain: append-only rows, each hash covering the row and the hash before it, so that a
-- change, a removal or an insertion anywhere shows at that row. The newest row is named by spotop_audit_head, and by anchors
-- outside the database, which the worker signs and keeps (core/fleet/audit.h).

DELIMITER //

-- The hash of one row: SHA-256 of the hash before it and the row as JSON in a fixed order. The time
-- goes in as seconds since 1970, which no time zone changes.
CREATE OR REPLACE FUNCTION audit_hash(p_prev CHAR(64) CHARSET ascii, p_id BIGINT UNSIGNED, p_at DECIMAL(17,6), p_actor VARCHAR(255),
	p_os_user VARCHAR(64), p_host VARCHAR(255), p_action VARCHAR(64), p_target_type VARCHAR(32), p_target_id VARCHAR(128),
	p_request UUID, p_reason VARCHAR(500), p_before LONGTEXT, p_after LONGTEXT, p_result VARCHAR(500)) RETURNS CHAR(64) CHARSET ascii
DETERMINISTIC
RETURN SHA2(CONCAT(p_prev, JSON_ARRAY(CAST(p_id AS CHAR), CAST(p_at AS CHAR), p_actor, p_os_user, p_host, p_action, p_target_type, p_target_id,
	CAST(p_request AS CHAR), p_reason, p_before, p_after, p_result)), 256) //

-- Appends one row, in the transaction of the deed: if that rolls back, so does the row. Writers
-- queue at the head until their transactions end, which keeps ids dense and the chain single; so it
-- should be the last thing a verb does. The actor is the login of the session, whoever defined the
-- procedures in between. A log that does not end as the head says was emptied or written by hand: nothing more is done then.
-- Rows are dated one after another: a clock that was put back by less than five minutes waits at the time of the row
-- before, a greater step shows as a fault.
CREATE OR REPLACE PROCEDURE audit_append(p_os_user VARCHAR(64), p_host VARCHAR(255), p_action VARCHAR(64),
	p_target_type VARCHAR(32), p_target_id VARCHAR(128), p_request UUID, p_reason VARCHAR(500), p_before JSON, p_after JSON,
	p_result VARCHAR(500))
MODIFIES SQL DATA
BEGIN
	DECLARE v_id, v_last BIGINT UNSIGNED;
	DECLARE v_prev, v_is CHAR(64) CHARSET ascii;
	DECLARE v_at, v_last_at TIMESTAMP(6);
	SELECT MAX(last_id), MAX(last_hash), MAX(last_at) INTO v_id, v_prev, v_last_at FROM spotop_audit_head WHERE id = 1 FOR UPDATE;
	SELECT MAX(id), MAX(IF(id = v_id, hash, NULL)) INTO v_last, v_is FROM audit_log WHERE id >= v_id LOCK IN SHARE MODE;
	IF NOT (v_last <=> v_id AND v_is <=> v_prev) OR v_id IS NULL THEN
		CALL refuse(30001, CONCAT('the audit log does not end with row ', COALESCE(v_id, '?'),
			', the last that was written: it was emptied or changed by hand, and nothing is done until an administrator has looked (spotop audit verify) and said CALL audit_adopt(''why'')'));
	END IF;
	SET v_at = CURRENT_TIMESTAMP(6), v_id = v_id + 1;
	IF v_at < v_last_at AND v_at > v_last_at - INTERVAL 5 MINUTE THEN
		SET v_at = v_last_at;
	END IF;
	SET v_is = audit_hash(v_prev, v_id, UNIX_TIMESTAMP(v_at), USER(), p_os_user, p_host, p_action, p_target_type, p_target_id, p_request, p_reason, p_before, p_after, p_result);
	INSERT INTO audit_log (id, at, actor, os_user, host, action, target_type, target_id, request_id, reason, before_state, after_state, result, prev_hash, hash)
	VALUES (v_id, v_at, USER(), p_os_user, p_host, p_action, p_target_type, p_target_id, p_request, p_reason, p_before, p_after, p_result, v_prev, v_is);
	UPDATE spotop_audit_head SET last_id = v_id, last_at = v_at, last_hash = v_is WHERE id = 1;
END //

-- The chain goes on from where the log ends now, which an administrator has looked at. Its row says what was expected and what
-- was found, so that it is never mistaken for a chain that was always whole.
CREATE OR REPLACE PROCEDURE audit_adopt(p_reason VARCHAR(500))
MODIFIES SQL DATA
BEGIN
	DECLARE v_id, v_last BIGINT UNSIGNED;
	DECLARE v_prev, v_is CHAR(64) CHARSET ascii;
	DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
	{{clock_true}};
	IF COALESCE(TRIM(p_reason), '') = '' THEN
		CALL refuse(30003, 'audit_adopt: needs a reason');
	END IF;
	START TRANSACTION;
	SELECT MAX(last_id), MAX(last_hash) INTO v_last, v_prev FROM spotop_audit_head WHERE id = 1 FOR UPDATE;
	CALL audit_begin();
	DELETE FROM spotop_audit_head;
	INSERT INTO spotop_audit_head (last_id, last_at, last_hash) SELECT id, at, hash FROM audit_log ORDER BY id DESC LIMIT 1;
	SELECT last_id, last_hash INTO v_id, v_is FROM spotop_audit_head;
	CALL audit_append(NULL, NULL, 'adopt', 'audit', CONCAT('row ', v_id), UUID(), p_reason, JSON_OBJECT('last_id', v_last, 'last_hash', v_prev),
		JSON_OBJECT('last_id', v_id, 'last_hash', v_is), 'done');
	COMMIT;
	SELECT v_last AS expected_id, v_id AS found_id;
END //

-- The first row of a chain that has none.
CREATE OR REPLACE PROCEDURE audit_begin()
MODIFIES SQL DATA
INSERT INTO audit_log (id, at, actor, action, result, prev_hash, hash)
SELECT 1, FROM_UNIXTIME(1), 'schema', 'genesis', 'the chain starts here', REPEAT('0', 64),
	audit_hash(REPEAT('0', 64), 1, 1, 'schema', NULL, NULL, 'genesis', NULL, NULL, NULL, NULL, NULL, NULL, 'the chain starts here')
FROM (SELECT 1) x WHERE NOT EXISTS (SELECT 1 FROM audit_log) //

CREATE OR REPLACE TRIGGER audit_no_update BEFORE UPDATE ON audit_log FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'audit_log is append-only: no row of it can be changed' //

CREATE OR REPLACE TRIGGER audit_no_delete BEFORE DELETE ON audit_log FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'audit_log is append-only: no row of it can be deleted' //

-- Only of a database that has neither: a log that was emptied, or whose head is gone, waits for audit_adopt.
BEGIN NOT ATOMIC
	IF NOT EXISTS (SELECT 1 FROM spotop_audit_head) AND NOT EXISTS (SELECT 1 FROM audit_log) THEN
		START TRANSACTION;
		CALL audit_begin();
		INSERT INTO spotop_audit_head (last_id, last_at, last_hash) SELECT id, at, hash FROM audit_log ORDER BY id DESC LIMIT 1;
		COMMIT;
	END IF;
END //

-- Are both rules of the log there, by which nobody changes it? Asked with the owner's eyes: triggers are shown to few.
CREATE OR REPLACE FUNCTION audit_is_guarded() RETURNS BOOLEAN
READS SQL DATA
BEGIN
	DECLARE v_n INT;
	SELECT COUNT(*) INTO v_n FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() AND EVENT_OBJECT_SCHEMA = DATABASE()
		AND EVENT_OBJECT_TABLE = 'audit_log' AND ACTION_TIMING = 'BEFORE' AND ACTION_STATEMENT LIKE 'SIGNAL SQLSTATE ''45000''%'
		AND (TRIGGER_NAME, EVENT_MANIPULATION) IN (('audit_no_update', 'UPDATE'), ('audit_no_delete', 'DELETE'));
	RETURN v_n = 2;
END //

-- Has the chain its first row? Of that row alone it can be asked inside a transaction too.
CREATE OR REPLACE FUNCTION audit_has_start() RETURNS BOOLEAN
READS SQL DATA
BEGIN
	DECLARE v_n INT;
	SELECT COUNT(*) INTO v_n FROM audit_log WHERE id = 1;
	RETURN v_n = 1;
END //

-- A transaction keeps what it reads locked where its isolation is SERIALIZABLE, and the end of the log with it, at which each verb
-- waits. So the log is read by statements that are their own transaction: those lock nothing. A constant condition is looked at
-- before the first row is. It is DETERMINISTIC within a statement, which is all that the server asks.
CREATE OR REPLACE FUNCTION audit_may_read() RETURNS BOOLEAN
DETERMINISTIC NO SQL
BEGIN
	IF @@in_transaction OR NOT @@autocommit THEN
		CALL refuse(30001, 'the audit log is read outside of a transaction: COMMIT, or SET autocommit = 1, before');
	END IF;
	RETURN TRUE;
END //

DELIMITER ;

-- The log as the roles read it. It stands inside a derived table so that FOR UPDATE and LOCK IN SHARE MODE reach no row of it, and
-- outside of transactions alone: who may only read keeps no verb waiting. It runs with the owner's rights.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_audit AS
SELECT l.id, l.at, l.actor, l.os_user, l.host, l.action, l.target_type, l.target_id, l.request_id, l.reason, l.before_state, l.after_state, l.result,
	l.prev_hash, l.hash, l.settled_request, l.is_repeat
FROM (SELECT * FROM audit_log WHERE audit_may_read()) l;
