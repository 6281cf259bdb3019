-- What a migration has left here and, as triggers, in other databases.
SELECT DATABASE() AS name, (SELECT COUNT(*) FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME LIKE 'migration\\_%') AS migration_tables,
	(SELECT COUNT(*) FROM information_schema.TRIGGERS t WHERE t.DEFINER = CONCAT(LEFT(CONCAT('spotop_migration_', DATABASE()), 80), '@localhost') AND t.TRIGGER_NAME LIKE 'spotop\\_log\\_%') AS log_triggers,
	(SELECT COUNT(*) FROM information_schema.TRIGGERS t WHERE t.DEFINER = CONCAT(LEFT(CONCAT('spotop_migration_', DATABASE()), 80), '@localhost') AND t.TRIGGER_NAME LIKE 'spotop\\_fence\\_%') AS fence_triggers,
	(SELECT COUNT(*) FROM information_schema.TRIGGERS t WHERE t.DEFINER = CONCAT(LEFT(CONCAT('spotop_migration_', DATABASE()), 80), '@localhost') AND t.TRIGGER_NAME LIKE 'spotop\\_back\\_%') AS back_triggers
