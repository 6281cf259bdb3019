-- What an operator may do to a scheduled job: have it run at once, and end the run under way.

DELIMITER //

-- run_job and stop_job in one. target: the job's name; no args.
CREATE OR REPLACE PROCEDURE verb_job(p_verb VARCHAR(10), p_request_id UUID, p_target VARCHAR(128), p_args JSON, p_seen JSON,
	p_dry_run BOOLEAN, p_override JSON, p_reason VARCHAR(500), p_os_user VARCHAR(64), p_host VARCHAR(255)) MODIFIES SQL DATA
main: BEGIN
	DECLARE v_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_enabled, v_running, v_led BOOLEAN;
	DECLARE v_hash CHAR(64);
	DECLARE v_found BOOLEAN;
	DECLARE v_before, v_after JSON;
	DECLARE v_rails JSON DEFAULT '[]';
	DECLARE v_status VARCHAR(10);
	DECLARE v_message VARCHAR(2000);
	DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
	CALL verb_begin(p_args, p_override, p_dry_run);
	SET p_args = COALESCE(p_args, '{}'), p_override = COALESCE(p_override, '[]');
	SELECT MAX(s.name) INTO v_name FROM job_schedules s WHERE s.kind = 'job' AND s.name = CONVERT(p_target USING ascii) COLLATE ascii_bin;
	IF v_name IS NULL THEN
		CALL verb_missing(CONCAT('no job ', LEFT(p_target, 100)));
	END IF;
	SET v_hash = verb_hash(p_verb, v_name, p_args);
	CALL verb_replay(p_request_id, v_hash, v_found);
	IF v_found THEN
		ROLLBACK;
		LEAVE main;
	END IF;
	IF NOT p_dry_run THEN
		SELECT s.name INTO v_name FROM job_schedules s WHERE s.name = v_name FOR UPDATE;
	END IF;
	SELECT s.is_enabled, COALESCE(s.lease_until > NOW(3), FALSE), JSON_OBJECT('job', s.name, 'last_ok_at', DATE_FORMAT(s.last_ok_at, '%Y-%m-%dT%H:%i:%sZ'),
			'next_run_at', DATE_FORMAT(s.next_run_at, '%Y-%m-%dT%H:%i:%sZ'), 'running_on', IF(s.lease_until > NOW(3), s.holder, NULL))
		INTO v_enabled, v_running, v_before FROM job_schedules s WHERE s.name = v_name;
	SET v_led = EXISTS (SELECT 1 FROM job_schedules s WHERE s.name = 'leader' AND s.lease_until > NOW(3));
	IF p_verb = 'run_job' THEN
		SET v_rails = verb_guard(v_rails, p_override, FALSE, 'job_enabled', v_enabled, IF(v_enabled, 'the job is enabled', 'the job is switched off'));
		SET v_rails = verb_guard(v_rails, p_override, FALSE, 'not_running', NOT v_running, IF(v_running, 'a run is under way', 'no run is under way'));
		SET v_rails = verb_guard(v_rails, p_override, TRUE, 'led', v_led,
			IF(v_led, 'a worker leads and will run it', 'no worker leads: it runs when one does, or by `spotop job run` at once'));
		SET v_after = JSON_OBJECT('next_run_at', DATE_FORMAT(NOW(), '%Y-%m-%dT%H:%i:%sZ'));
		SET v_message = CONCAT('run ', v_name, ' now');
	ELSE
		SET v_rails = verb_guard(v_rails, p_override, FALSE, 'running', v_running, IF(v_running, 'a run is under way', 'no run is under way'));
		SET v_after = JSON_OBJECT('ends', 'at its next step; what is done stays');
		SET v_message = CONCAT('stop the run of ', v_name);
	END IF;
	CALL verb_decide(p_seen, v_before, v_rails, p_override, p_reason, p_dry_run, v_status, v_message);
	IF v_status = 'done' AND p_verb = 'run_job' THEN
		UPDATE job_schedules s SET s.next_run_at = NOW() WHERE s.name = v_name;
	ELSEIF v_status = 'done' THEN
		UPDATE consolidation_jobs j SET j.status = 'failed', j.completed_at = NOW(),
			j.error_message = CONCAT('cancelled by ', LEFT(CONCAT_WS('/', USER(), p_os_user), 128))
		WHERE j.status = 'running' AND j.chunk = '' AND JSON_VALUE(j.details, '$.job') = v_name;
	END IF;
	CALL verb_finish(p_verb, p_dry_run, p_request_id, v_hash, NULL, 'job', v_name, v_name, v_status, v_message, v_rails, v_before, v_after,
		NULL, p_reason, p_os_user, p_host);
END//

CREATE OR REPLACE PROCEDURE verb_run_job(p_request_id UUID, p_target VARCHAR(128), p_args JSON, p_seen JSON, p_dry_run BOOLEAN,
	p_override JSON, p_reason VARCHAR(500), p_os_user VARCHAR(64), p_host VARCHAR(255)) MODIFIES SQL DATA
	COMMENT 'Has the leading worker run a job at once'
BEGIN
	CALL verb_job('run_job', p_request_id, p_target, p_args, p_seen, p_dry_run, p_override, p_reason, p_os_user, p_host);
END//

CREATE OR REPLACE PROCEDURE verb_stop_job(p_request_id UUID, p_target VARCHAR(128), p_args JSON, p_seen JSON, p_dry_run BOOLEAN,
	p_override JSON, p_reason VARCHAR(500), p_os_user VARCHAR(64), p_host VARCHAR(255)) MODIFIES SQL DATA
	COMMENT 'Ends the run of a job at its next step'
BEGIN
	CALL verb_job('stop_job', p_request_id, p_target, p_args, p_seen, p_dry_run, p_override, p_reason, p_os_user, p_host);
END//

DELIMITER ;
