-- The triggers of the change log, made in the source.
CALL migration_log_make()
