-- The session of an import: triggers leave the pools' cached prices alone, the import sets them at the end.
SET @spotop_bulk = 1
