-- What lies in the session's database: nothing, a schema of ours (whole or half made), or another, and which
-- version of the field that is by its tables.
SELECT DATABASE() AS name,
	(SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE') AS n_tables,
	(SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'clients' AND COLUMN_NAME = 'id' AND DATA_TYPE = 'uuid') AS is_ours,
	(SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'schema_migrations' AND COLUMN_NAME = 'version') AS has_version,
	(SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN ('clients', 'agents', 'instances', 'commands', 'spot_pools')) AS n_field_tables,
	(SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'sse_events') AS has_sse,
	(SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_NAME IN ('agent_register', 'verb_void')) AS n_routines,
	(SELECT CASE WHEN SUM(TABLE_NAME IN ('clients', 'agents')) < 2 THEN NULL
			WHEN SUM(TABLE_NAME = 'sse_events') THEN '7.0 of another make'
			WHEN SUM(TABLE_NAME IN ('pricing_consolidated', 'pricing_canonical')) THEN '6.0'
			WHEN SUM(TABLE_NAME IN ('pricing_snapshots_clean', 'pricing_submissions_raw', 'decision_engine_log')) THEN '5.1'
			ELSE '6.0' END
		FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE') AS version_of_field
