-- The next rows of the log of the way back.
-- :param rows int
CALL migration_back_step(:rows)
