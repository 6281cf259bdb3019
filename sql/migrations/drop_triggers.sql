-- The triggers of one kind taken out of the source.
-- :param kind str
CALL migration_drop_triggers(:kind)
