-- A step of turning back.
-- :param to str
CALL migration_back_turn(:to)
