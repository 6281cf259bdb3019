-- The next range of keys.
-- :param rows int
CALL migration_compare_step(:rows)
