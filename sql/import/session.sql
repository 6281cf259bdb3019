-- The session of an import: triggers leave the pools' cached prices alone, the import sets them at the end. A database of
-- the revision before this one, and a login without the right, keep them row by row.
BEGIN NOT ATOMIC
	DECLARE CONTINUE HANDLER FOR 1305, 1370 BEGIN END;
	CALL bulk_prices_begin();
END
