-- The scripts are about to be given anew: it has none of them whole until that has ended.
DROP PROCEDURE IF EXISTS migration_session
