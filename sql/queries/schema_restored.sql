-- After a restore: what the backup has under way may have been carried out since, so it is ended, and nobody does it again. One row:
-- how much that was. It stands by itself: routines and triggers may not be there yet, and as long as they are not no agent can
-- claim anything.
BEGIN NOT ATOMIC
	DECLARE v_commands, v_plans INT;
	DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
	START TRANSACTION;
	UPDATE commands SET status = 'cancelled', lease_until = NULL, completed_at = NOW(),
		message = 'restored from a backup: whether it was carried out since is not known'
	WHERE status IN ('pending', 'executing');
	SET v_commands = ROW_COUNT();
	UPDATE spotop_plan_rows SET state = 'skipped', is_live = FALSE, ended_at = NOW(), message = 'restored from a backup'
	WHERE state IN ('held', 'released');
	UPDATE spotop_plans SET state = 'cancelled', ended_at = NOW(), message = 'restored from a backup' WHERE state IN ('running', 'paused');
	SET v_plans = ROW_COUNT();
	UPDATE job_schedules SET holder = NULL, lease_until = NULL WHERE holder IS NOT NULL;
	COMMIT;
	SELECT v_commands AS commands, v_plans AS plans;
END
