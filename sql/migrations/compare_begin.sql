-- A comparison begins anew.
CALL migration_compare_begin()
