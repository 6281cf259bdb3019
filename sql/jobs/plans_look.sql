-- Settles what running plans released, skips who needs it no longer, plans anew where a target was taken away.
BEGIN NOT ATOMIC
	DECLARE v_n INT DEFAULT 0;
	CALL job_plans_look(v_n);
	SELECT v_n AS n;
END
