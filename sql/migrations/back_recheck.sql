-- What was not the same, looked at again, without what the old schema has no room for.
CALL migration_back_recheck()
