-- The fingerprint of the scripts that this database was given whole; NULL when that was never so, or is so no more.
SELECT (SELECT NULLIF(ROUTINE_COMMENT, '') FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_NAME = 'migration_session') AS print
