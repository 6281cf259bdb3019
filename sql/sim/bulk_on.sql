-- Triggers of this session neither count nor write events: the database is being filled.
SET @spotop_bulk = 1
