-- Counts and newest prices of what has changed, made anew.
CALL migration_refresh()
