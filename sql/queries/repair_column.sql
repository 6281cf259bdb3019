-- Makes a column as the scripts make it: again, where it is missing, or otherwise than it is. A computed one is made anew.
-- :param table str
-- :param column str
-- :param definition str        as queries/verify_structure.sql has it
-- :param check str             of the column's own check, or NULL
-- :param is_there bool
EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', :table, '` ',
	IF(:definition RLIKE ' (VIRTUAL|STORED) GENERATED AS ',
		CONCAT('DROP COLUMN IF EXISTS `', :column, '`, ADD COLUMN `', :column, '` ',
			REGEXP_REPLACE(REGEXP_REPLACE(:definition, '^(.*?) ((utf8mb4|ascii)_[a-z0-9_]+) NULL ', '\\1 COLLATE \\2 NULL '), '(?s) NULL DEFAULT NULL (VIRTUAL|STORED) GENERATED AS (.*)$', ' AS \\2 \\1')),
		CONCAT(IF(:is_there, 'MODIFY', 'ADD'), ' COLUMN `', :column, '` ', REGEXP_REPLACE(:definition, '^(.*?) ((utf8mb4|ascii)_[a-z0-9_]+) (NULL|NOT NULL)', '\\1 COLLATE \\2 \\4'),
			COALESCE(CONCAT(' CHECK (', :check, ')'), ''))))
