-- The start of every verb, after its own declarations: what all verbs keep, an error that undoes all, arguments that can
-- be read, and a transaction that no other verb runs beside. The label of its block is `main`.
-- :define verb_takes p_request_id LONGTEXT, p_target LONGTEXT, p_args JSON, p_seen JSON, p_dry_run LONGTEXT, p_override JSON, p_reason LONGTEXT, p_os_user LONGTEXT, p_host LONGTEXT
-- The pool that is named in the arguments. What is not ASCII names none, and is told as it was written.
-- :define verb_takes_pool IF JSON_VALUE(p_args, '$.pool') RLIKE '[^ -~]' THEN CALL verb_missing(CONCAT('no pool ', LEFT(JSON_VALUE(p_args, '$.pool'), 100))); END IF; SET v_pool = JSON_VALUE(p_args, '$.pool')
-- What an operator saw and an action compares (core/fleet/verb_result.c sends it).
-- :define seen_keys 'version', 'instance_id', 'instance_version', 'instance_status', 'role', 'notice_status', 'status', 'pool', 'target_pool', 'price'
-- :define verb_passes p_request_id, p_target, p_args, p_seen, p_dry_run, p_override, p_reason, p_os_user, p_host
	DECLARE v_hash CHAR(64);
	DECLARE v_found BOOLEAN;
	DECLARE v_before, v_after JSON;
	DECLARE v_rails JSON DEFAULT '[]';
	DECLARE v_status VARCHAR(10);
	DECLARE v_message VARCHAR(2000);
	{{undo(TRUE)}};
	CALL verb_begin({{verb_passes}});
	SET p_args = COALESCE(p_args, '{}'), p_override = COALESCE(p_override, '[]');
