-- The audit chain: append-only rows, each hash covering the row and the hash before it, so that a
-- change, a removal or an insertion anywhere shows at that row. (The newest rows can be cut off
-- without a trace inside the database: keep the last hash elsewhere, `spotop audit verify` prints it.)

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
-- queue at row 1 until their transactions end, which keeps ids dense and the chain single; so it
-- should be the last thing a verb does. The actor is the login of the session, whoever defined the
-- procedures in between.
CREATE OR REPLACE PROCEDURE audit_append(p_os_user VARCHAR(64), p_host VARCHAR(255), p_action VARCHAR(64),
	p_target_type VARCHAR(32), p_target_id VARCHAR(128), p_request UUID, p_reason VARCHAR(500), p_before JSON, p_after JSON,
	p_result VARCHAR(500))
MODIFIES SQL DATA
BEGIN
	DECLARE v_id BIGINT UNSIGNED;
	DECLARE v_prev CHAR(64) CHARSET ascii;
	DECLARE v_at TIMESTAMP(6);
	SELECT id INTO v_id FROM audit_log WHERE id = 1 FOR UPDATE;
	SELECT id, hash INTO v_id, v_prev FROM audit_log ORDER BY id DESC LIMIT 1 LOCK IN SHARE MODE;
	SET v_id = v_id + 1, v_at = CURRENT_TIMESTAMP(6);
	INSERT INTO audit_log (id, at, actor, os_user, host, action, target_type, target_id, request_id, reason, before_state, after_state, result, prev_hash, hash)
	VALUES (v_id, v_at, USER(), p_os_user, p_host, p_action, p_target_type, p_target_id, p_request, p_reason, p_before, p_after, p_result, v_prev,
		audit_hash(v_prev, v_id, UNIX_TIMESTAMP(v_at), USER(), p_os_user, p_host, p_action, p_target_type, p_target_id, p_request, p_reason, p_before, p_after, p_result));
END //

CREATE OR REPLACE TRIGGER audit_no_update BEFORE UPDATE ON audit_log FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'audit_log is append-only: no row of it can be changed' //

CREATE OR REPLACE TRIGGER audit_no_delete BEFORE DELETE ON audit_log FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'audit_log is append-only: no row of it can be deleted' //

DELIMITER ;

INSERT IGNORE INTO audit_log (id, at, actor, action, result, prev_hash, hash)
VALUES (1, FROM_UNIXTIME(1), 'schema', 'genesis', 'the chain starts here', REPEAT('0', 64),
	audit_hash(REPEAT('0', 64), 1, 1, 'schema', NULL, NULL, 'genesis', NULL, NULL, NULL, NULL, NULL, NULL, 'the chain starts here'));

-- Rows whose hash or link is wrong; empty when the chain holds. prev_id must be id - 1.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_audit_faults AS
SELECT a.id, a.at, a.action,
	CASE WHEN p.id IS NULL AND a.id <> 1 THEN 'the row before it is missing'
		WHEN a.id <> 1 AND a.prev_hash <> p.hash THEN 'it does not follow the row before it'
		ELSE 'its content was changed' END COLLATE utf8mb4_general_ci AS fault
FROM audit_log a LEFT JOIN audit_log p ON p.id = a.id - 1
WHERE (p.id IS NULL AND a.id <> 1) OR (a.id <> 1 AND a.prev_hash <> p.hash)
	OR a.hash <> audit_hash(a.prev_hash, a.id, UNIX_TIMESTAMP(a.at), a.actor, a.os_user, a.host, a.action, a.target_type, a.target_id,
		a.request_id, a.reason, a.before_state, a.after_state, a.result);
