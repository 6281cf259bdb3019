-- Counts, newest prices, and the record of the move.
-- :param program str
-- :param final bool
CALL migration_finish(:program, :final)
