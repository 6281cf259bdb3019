-- Whether there is a way back, and whether its log is whole.
SELECT source_db, back_state, is_done, is_fenced, IF(back_state IN ('none', 'making'), NULL, migration_back_fault()) AS fault FROM migration_run
