-- Makes a table's check as the scripts make it. Rows that it forbids keep it out.
-- :param table str
-- :param name str
-- :param definition str        as queries/verify_structure.sql has it
EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', :table, '` DROP CONSTRAINT IF EXISTS `', :name, '`, ADD CONSTRAINT `', :name, '` CHECK (', :definition, ')')
