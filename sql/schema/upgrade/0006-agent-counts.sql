-- Step 5 changed what the rows of instance_counts say, and a program of before it read the wrong ones without being told. What
-- means something else has another name: the table is spotop_agent_counts, and what older programs read is
-- a view of the old name (sql/schema/51-before.sql). Until that script has run, it is the table under its old name,
-- which the triggers of before write through: the three names change hands in one statement.
-- 1,000,000 instances: 0.2 s, in which a heartbeat or a change of an instance waits 0.1 s at most.
DELIMITER //
BEGIN NOT ATOMIC
	IF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'instance_counts' AND TABLE_TYPE = 'BASE TABLE') THEN
		DROP TABLE IF EXISTS spotop_agent_counts, spotop_counts_empty; -- the new one, empty until now
		CREATE TABLE spotop_agent_counts LIKE instance_counts;
		CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_counts_before AS SELECT * FROM spotop_agent_counts;
		RENAME TABLE spotop_agent_counts TO spotop_counts_empty, instance_counts TO spotop_agent_counts, v_counts_before TO instance_counts;
		-- A view that names an index has to name the table, at once.
		FOR v IN (SELECT TABLE_NAME AS name, REPLACE(VIEW_DEFINITION, '`instance_counts`', '`spotop_agent_counts`') AS definition FROM information_schema.VIEWS
			WHERE TABLE_SCHEMA = DATABASE() AND VIEW_DEFINITION LIKE '%`instance_counts`%FORCE INDEX%') DO
			EXECUTE IMMEDIATE CONCAT('CREATE OR REPLACE SQL SECURITY INVOKER VIEW `', v.name, '` AS ', v.definition);
		END FOR;
	END IF;
	DROP TABLE IF EXISTS spotop_counts_empty;
	IF EXISTS (SELECT 1 FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND CONSTRAINT_NAME = 'fk_counts_client') THEN
		-- Every row has its client: the old key saw to it, so that the new one looks at none.
		SET SESSION foreign_key_checks = FALSE;
		ALTER TABLE spotop_agent_counts DROP FOREIGN KEY fk_counts_client,
			ADD CONSTRAINT fk_agent_counts_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE;
		SET SESSION foreign_key_checks = TRUE;
	END IF;
END //
DELIMITER ;
