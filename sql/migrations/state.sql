-- Where a migration into this database stands.
SELECT source_db, source_version, pass, pass_kind, watermark, is_done, (SELECT COUNT(*) FROM migration_rules WHERE state IN ('waiting', 'copying')) AS n_open,
	(SELECT COUNT(*) FROM migration_rejects) AS n_rejects, (SELECT COUNT(*) FROM migration_notes) AS n_notes,
	(SELECT SUM(rows_changed) FROM migration_rules) AS n_changed, (SELECT SUM(rows_migrated) FROM migration_rules) AS n_migrated
FROM migration_run
