-- What the first comparison of the way back found, logged.
CALL migration_back_whole()
