-- The settings of a session that takes a migration up again after its link was lost.
CALL migration_session()
