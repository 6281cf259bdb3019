-- The statements of all rules made anew, for what the source has now.
BEGIN NOT ATOMIC
	CALL migration_find((SELECT source_db FROM migration_run));
	FOR r IN (SELECT rule FROM migration_rules WHERE state <> 'absent' AND mode <> 'pools' ORDER BY ord) DO
		CALL migration_compile(r.rule);
	END FOR;
END
