-- Begins, goes on with what is unfinished, or starts a pass over what has changed.
-- :param from str
-- :param days int
-- :param raw_days int
-- :param hashed bool
-- :param kind str
-- :param again bool
CALL migration_begin(:from, :days, :raw_days, :hashed, :kind, :again)
