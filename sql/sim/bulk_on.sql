-- Triggers neither count nor write events for this connection: the database is being filled.
SET @spotop_bulk = 1
