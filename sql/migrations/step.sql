-- The next batch.
-- :param rows int
CALL migration_step(:rows)
