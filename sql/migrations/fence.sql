-- Triggers that refuse whoever writes to the source.
CALL migration_fence()
