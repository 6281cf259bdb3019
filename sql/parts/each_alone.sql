-- The handlers of a block that writes one row of a job's loop: what fails by what lies in that row is put into v_failed and the loop
-- goes on. What is of the session or of the hour (a deadlock, a lock waited for, an end from outside) ends the step, which is done again.
DECLARE v_said VARCHAR(500);
DECLARE EXIT HANDLER FOR 1213, 1205, 1020, 1180, 1317, 1969, 1927 RESIGNAL;
DECLARE EXIT HANDLER FOR SQLEXCEPTION, 1265 BEGIN
	GET DIAGNOSTICS CONDITION 1 v_said = MESSAGE_TEXT;
	SET v_failed = JSON_ARRAY_APPEND(v_failed, '$', JSON_OBJECT('part', {{what}}, 'error', v_said));
END;
