-- The scratch database of a dry run, away with it.
-- :param database str
BEGIN NOT ATOMIC
	DECLARE v_mine INT;
	SELECT COUNT(*) INTO v_mine FROM information_schema.TABLES WHERE TABLE_SCHEMA = :database;
	IF v_mine = 0 OR EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = :database AND TABLE_NAME = 'migration_run') THEN
		EXECUTE IMMEDIATE CONCAT('DROP DATABASE IF EXISTS `', REPLACE(:database, '`', '``'), '`');
	ELSE
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'a database of the scratch name is there and is not of a dry run';
	END IF;
END
