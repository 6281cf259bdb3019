-- Triggers neither count nor write events for this connection: the database is being filled.
CALL bulk_begin()
