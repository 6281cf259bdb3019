-- A comparison begins anew.
-- :param changed bool
CALL migration_compare_begin(:changed)
