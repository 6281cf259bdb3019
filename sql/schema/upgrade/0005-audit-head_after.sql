-- Rows that verbs of the revision before wrote meanwhile, which did not know the head: their lock was row 1.
DELIMITER //
BEGIN NOT ATOMIC
	DECLARE v_n BIGINT;
	START TRANSACTION;
	SELECT last_id INTO v_n FROM spotop_audit_head WHERE id = 1 FOR UPDATE;
	SELECT id INTO v_n FROM audit_log WHERE id = 1 FOR UPDATE;
	UPDATE spotop_audit_head h JOIN (SELECT id, at, hash FROM audit_log ORDER BY id DESC LIMIT 1) l ON l.id > h.last_id
	SET h.last_id = l.id, h.last_at = l.at, h.last_hash = l.hash;
	COMMIT;
END //
DELIMITER ;
