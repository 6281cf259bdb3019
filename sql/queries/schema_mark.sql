-- The schema is whole: version and revision, who made it, and what was made (details: of each routine, trigger,
-- view and event the hash of the text in the script and of the text in the database).
-- :param revision int
-- :param program str
-- :param duration_ms int
-- :param details json
INSERT INTO schema_migrations (version, name, applied_by, program_version, duration_ms, details)
VALUES ('7.0', 'schema 7.0', USER(), :program, :duration_ms, NULL),
	(CONCAT('7.0.', :revision), CONCAT('revision ', :revision), USER(), :program, :duration_ms, :details)
ON DUPLICATE KEY UPDATE program_version = IF(version = '7.0', program_version, VALUES(program_version)), details = IF(version = '7.0', details, VALUES(details))
