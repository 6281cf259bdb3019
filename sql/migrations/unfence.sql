-- The writers of the source let in again; not while the way back writes there, which two must not.
BEGIN NOT ATOMIC
	IF NOT EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'migration_run') THEN
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'no migration into this database has been begun: there is no fence to take away';
	ELSEIF (SELECT back_state IN ('making', 'open', 'whole') FROM migration_run) THEN
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'the old database is kept current from this one and takes no other writes: --back --final turns back to it, --clean ends the way back';
	END IF;
	CALL migration_drop_triggers('fence');
END
