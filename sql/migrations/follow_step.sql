-- The next rows of the change log.
-- :param rows int
CALL migration_follow_step(:rows)
