-- Does the session's database hold a fleet in a schema that is not ours? Ours alone has UUIDs for ids. One row of one
-- table of the dictionary: asked before each command.
SELECT COUNT(*) AS is_old FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'clients' AND COLUMN_NAME = 'id' AND DATA_TYPE <> 'uuid'
