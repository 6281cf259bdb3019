-- One comparison of a database at a time. ours: nobody moves rows meanwhile, so that the helpers may be made anew.
SELECT GET_LOCK(CONCAT('spotop:compare:', DATABASE()), 5) AS ok, GET_LOCK(CONCAT('spotop:migrate:', DATABASE()), 0) AS ours,
	(SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'migration_run') AS is_begun
