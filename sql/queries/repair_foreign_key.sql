-- Makes a foreign key as the scripts make it. Rows without their parent keep it out. What was there goes when another stands in
-- for it: the server takes no two of one name, nor one of the name it drops, and whoever dies in between leaves one that holds.
-- :param name str
-- :param definition str        as queries/verify_structure.sql has it
BEGIN NOT ATOMIC
	DECLARE v_table VARCHAR(64) DEFAULT SUBSTRING_INDEX(:definition, ' ', 1);
	DECLARE v_rule VARCHAR(500) DEFAULT REPLACE(SUBSTR(:definition, LOCATE('(', :definition)), ') to ', ') REFERENCES ');
	DECLARE v_new VARCHAR(64) DEFAULT LEFT(CONCAT('new_', :name), 64);
	DECLARE v_is, v_is_new BOOLEAN;
	SELECT COALESCE(MAX(CONSTRAINT_NAME = :name), FALSE), COALESCE(MAX(CONSTRAINT_NAME = v_new), FALSE) INTO v_is, v_is_new
	FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND TABLE_NAME = v_table;
	IF v_is AND NOT v_is_new THEN
		EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', v_table, '` ADD CONSTRAINT `', v_new, '` FOREIGN KEY ', v_rule);
		SET v_is_new = TRUE;
	END IF;
	IF v_is THEN
		EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', v_table, '` DROP FOREIGN KEY `', :name, '`');
	END IF;
	EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', v_table, '` ADD CONSTRAINT `', :name, '` FOREIGN KEY ', v_rule);
	IF v_is_new THEN
		EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', v_table, '` DROP FOREIGN KEY `', v_new, '`');
	END IF;
END
