-- This database is a copy again (is_done: and the old one is in use).
-- :param is_done bool
CALL migration_back_turn(:is_done)
