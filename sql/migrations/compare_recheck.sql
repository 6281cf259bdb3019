-- What was not the same, looked at again.
CALL migration_recheck()
