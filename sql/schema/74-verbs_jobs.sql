-- What an operator may do to a scheduled job: have it run at once, end the run under way, and settle a part that it leaves out.

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
	SELECT s.is_enabled, {{is_leased(s)}}, JSON_OBJECT('job', s.name, 'last_ok_at', {{utc(s.last_ok_at)}},
			'next_run_at', {{utc(s.next_run_at)}}, 'running_on', IF({{is_leased(s)}}, s.holder, NULL))
		INTO v_enabled, v_running, v_before FROM job_schedules s WHERE s.name = v_name;
	SET v_led = EXISTS (SELECT 1 FROM job_schedules s WHERE s.name = 'leader' AND {{is_leased(s)}});
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

-- drop_part and accept_part in one: what becomes of a part (a pool, a day) that a job leaves out since it fails by what lies in it.
-- target: its alert; no args. Dropped: the rows that the job was to take in are deleted (a pool or client that takes no figures has none). Accepted: they stay where they are until
-- retention, and the tiers above have none of them.
CREATE OR REPLACE PROCEDURE verb_part(p_verb VARCHAR(11), {{verb_takes}}) MODIFIES SQL DATA
main: BEGIN
	DECLARE v_id BIGINT UNSIGNED;
	DECLARE v_part UUID;
	DECLARE v_type VARCHAR(20);
	DECLARE v_pool VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin;
	DECLARE v_from, v_to TIMESTAMP;
	DECLARE v_rows BIGINT DEFAULT 0;
	DECLARE v_is_figure BOOLEAN;
	-- :include verb_begin
	CALL verb_find_alert(p_target, v_id);
	-- :include verb_replay verb=p_verb | target=v_id
	SELECT j.id, j.job_type, j.chunk, j.window_start, j.window_end INTO v_part, v_type, v_pool, v_from, v_to
	FROM alerts l LEFT JOIN consolidation_jobs j ON l.alert_key LIKE 'part:%' AND j.id = SUBSTRING(l.alert_key, 6) AND {{is_left_out(j)}} WHERE l.id = v_id;
	IF v_part IS NOT NULL AND NOT p_dry_run THEN
		SELECT MAX(j.id) INTO v_part FROM consolidation_jobs j WHERE j.id = v_part AND {{is_left_out(j)}} FOR UPDATE;
	END IF;
	IF v_type = 'consolidate' THEN
		SELECT COUNT(*) INTO v_rows FROM spot_price_snapshots s WHERE s.pool_id = v_pool AND s.observed_at >= v_from AND s.observed_at < v_to;
	ELSEIF v_type NOT IN ('pool_stats', 'savings') THEN
		SELECT COUNT(*) INTO v_rows FROM pricing_consolidated k WHERE k.pool_id = v_pool AND k.observed_at >= v_from AND k.observed_at <= v_to;
	END IF;
	SELECT JSON_OBJECT('alert_id', l.id, 'message', l.message, 'rows', v_rows, 'error', JSON_VALUE(l.evidence, '$.error'), 'version', l.version) INTO v_before FROM alerts l WHERE l.id = v_id;
	SET v_is_figure = COALESCE(v_type IN ('pool_stats', 'savings'), FALSE);
	SET v_rails = verb_guard(v_rails, p_override, FALSE, 'left_out', v_part IS NOT NULL AND NOT (p_verb = 'drop_part' AND v_is_figure),
		CASE WHEN v_part IS NULL THEN 'this alert is of no part that a job leaves out now'
			WHEN v_is_figure THEN CONCAT(v_pool, ' itself takes no figures', IF(p_verb = 'drop_part', ': mend its row, or accept-part', ''))
			ELSE CONCAT('the part is left out: ', {{n_of(v_rows, 'row', 'rows')}}) END);
	SET v_after = IF(p_verb = 'drop_part', JSON_OBJECT('rows', 0, 'settled', 'dropped'), JSON_OBJECT('rows', v_rows, 'settled', 'accepted'));
	SET v_message = CONCAT(IF(p_verb = 'drop_part', CONCAT('delete ', {{n_of(v_rows, 'row', 'rows')}}, ' of '), 'leave out for good '), COALESCE(v_pool, '?'), IF(v_is_figure, '', CONCAT(' from ', COALESCE(v_from, '?'), ' to ', COALESCE(v_to, '?'))));
	{{verb_decide}};
	IF v_status = 'done' THEN
		IF p_verb = 'drop_part' AND v_type = 'consolidate' THEN
			DELETE FROM spot_price_snapshots WHERE pool_id = v_pool AND observed_at >= v_from AND observed_at < v_to;
		ELSEIF p_verb = 'drop_part' THEN
			DELETE FROM pricing_consolidated WHERE pool_id = v_pool AND observed_at >= v_from AND observed_at <= v_to;
		ELSE
			UPDATE consolidation_jobs p SET p.status = 'completed', p.started_at = COALESCE(p.started_at, NOW()), p.completed_at = NOW()
			WHERE p.job_type = v_type AND p.chunk = v_pool AND p.status = 'pending' AND p.window_start >= v_from AND p.window_end <= v_to;
		END IF;
		UPDATE consolidation_jobs j SET j.status = 'completed', j.completed_at = NOW(),
			j.details = JSON_SET(COALESCE(j.details, '{}'), '$.settled', JSON_VALUE(v_after, '$.settled'), '$.by', LEFT(CONCAT_WS('/', USER(), p_os_user), 128))
			WHERE j.id = v_part;
	END IF;
	-- :include verb_finish verb=p_verb | command=NULL | target='alert', v_id, v_id | version=JSON_VALUE(v_before, '$.version')
END//

CREATE OR REPLACE PROCEDURE verb_drop_part({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Deletes what stops a part of a job'
BEGIN
	CALL verb_part('drop_part', {{verb_passes}});
END//

CREATE OR REPLACE PROCEDURE verb_accept_part({{verb_takes}}) MODIFIES SQL DATA
	COMMENT 'Leaves a part of a job out for good'
BEGIN
	CALL verb_part('accept_part', {{verb_passes}});
END//

DELIMITER ;
