-- The lag of a copy, for whoever looks at it.
-- :param lag_ms int
CALL migration_say_copy(:lag_ms)
