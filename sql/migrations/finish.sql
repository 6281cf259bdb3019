-- Counts, newest prices, and the record of the move.
-- :param program str
-- :param final bool
-- :param whole bool
CALL migration_finish(:program, :final, :whole)
