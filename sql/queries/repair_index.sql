-- Makes an index, a primary or a unique key as the scripts make it.
-- :param table str
-- :param name str
-- :param definition str        as queries/verify_structure.sql has it
-- :param is_there bool
EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', :table, '` ', IF(:is_there, CONCAT('DROP INDEX `', :name, '`, '), ''),
	'ADD ', IF(:name = 'PRIMARY', 'PRIMARY KEY ', CONCAT(IF(:definition LIKE 'UNIQUE %', 'UNIQUE ', ''), 'INDEX `', :name, '` ')), SUBSTR(:definition, LOCATE('(', :definition)))
