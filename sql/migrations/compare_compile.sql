-- The statements of all rules, for what the source has now.
BEGIN NOT ATOMIC
	CALL migration_session();
	CALL migration_find((SELECT source_db FROM migration_run));
	CALL migration_compile_all();
END
