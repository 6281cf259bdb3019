-- Makes a foreign key as the scripts make it. Rows without their parent keep it out.
-- :param name str
-- :param definition str        as queries/verify_structure.sql has it
BEGIN NOT ATOMIC
	DECLARE v_table VARCHAR(64) DEFAULT SUBSTRING_INDEX(:definition, ' ', 1);
	IF EXISTS (SELECT 1 FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND TABLE_NAME = v_table AND CONSTRAINT_NAME = :name) THEN
		EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', v_table, '` DROP FOREIGN KEY `', :name, '`');
	END IF;
	EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', v_table, '` ADD CONSTRAINT `', :name, '` FOREIGN KEY ',
		REPLACE(SUBSTR(:definition, LOCATE('(', :definition)), ') to ', ') REFERENCES '));
END
