-- What an operator may do to a scheduled job: have it run at once, and end the run under way.

DELIMITER //

-- run_job and stop_job in one. target: the job's name; no args.
CREATE OR REPLACE PROCEDURE verb_job(p_verb VARCHAR(10), {{verb_takes}}) MODIFIES SQL DATA
main: BEGIN
	DECLARE v_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_enabled, v_running, v_led BOOLEAN;
	-- :include verb_begin
	SELECT MAX(s.name) INTO v_name FROM job_schedules s WHERE s.kind = 'job' AND s.name = CONVERT(p_target USING ascii) COLLATE ascii_bin;
	IF v_name IS NULL THEN
		CALL verb_missing(CONCAT('no job ', LEFT(p_target, 100)));
	END IF;
	-- :include verb_replay verb=p_verb | target=v_name
	IF NOT p_dry_run THEN
		SELECT s.name INTO v_name FROM job_schedules s WHERE s.name = v_name FOR UPDATE;
	END IF;
	SELECT s.is_enabled, COALESCE(s.lease_until > NOW(3), FALSE), JSON_OBJECT('job', s.name, 'last_ok_at', {{utc(s.last_ok_at)}},
			'next_run_at', {{utc(s.next_run_at)}}, 'running_on', IF(s.lease_until > NOW(3), s.holder, NULL))
		INTO v_enabled, v_running, v_before FROM job_schedules s WHERE s.name = v_name;
	SET v_led = EXISTS (SELECT 1 FROM job_schedules s WHERE s.name = 'leader' AND s.lease_until > NOW(3));
	IF p_verb = 'run_job' THEN
		SET v_rails = verb_guard(v_rails, p_override, FALSE, 'job_enabled', v_enabled, IF(v_enabled, 'the job is enabled', 'the job is switched off'));
		SET v_rails = verb_guard(v_rails, p_override, FALSE, 'not_running', NOT v_running, IF(v_running, 'a run is under way', 'no run is under way'));
		SET v_rails = verb_guard(v_rails, p_override, TRUE, 'led', v_led,
			IF(v_led, 'a worker leads and will run it', 'no worker leads: it runs when one does, or by `spotop job run` at once'));
		SET v_after = JSON_OBJECT('next_run_at', {{utc(NOW())}});
		SET v_message = CONCAT('run ', v_name, ' now');
	ELSE
		SET v_rails = verb_guard(v_rails, p_override, FALSE, 'running', v_running, IF(v_running, 'a run is under way', 'no run is under way'));
		SET v_after = JSON_OBJECT('ends', 'at its next step; what is done stays');
		SET v_message = CONCAT('stop the run of ', v_name);
	END IF;
	{{verb_decide}};
	IF v_status = 'done' AND p_verb = 'run_job' THEN
		UPDATE job_schedules s SET s.next_run_at = NOW() WHERE s.name = v_name;
	ELSEIF v_status = 'done' THEN
		UPDATE consolidation_jobs j SET j.status = 'failed', j.completed_at = NOW(),
			j.error_message = CONCAT('cancelled by ', LEFT(CONCAT_WS('/', USER(), p_os_user), 128))
		WHERE j.status = 'running' AND j.chunk = '' AND JSON_VALUE(j.details, '$.job') = v_name;
	END IF;
	-- :include verb_finish verb=p_verb | command=NULL | target='job', v_name, v_name | version=NULL
END//

CREATE OR REPLACE PROCEDURE verb_run_job({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Has the leading worker run a job at once'
BEGIN
	CALL verb_job('run_job', {{verb_passes}});
END//

CREATE OR REPLACE PROCEDURE verb_stop_job({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Ends the run of a job at its next step'
BEGIN
	CALL verb_job('stop_job', {{verb_passes}});
END//

DELIMITER ;
