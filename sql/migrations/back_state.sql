-- Whether there is a way back, how far turning back is, and whether its log is whole.
SELECT source_db, back_state, is_done, is_fenced, turned_at IS NOT NULL AS is_turned, IF(back_state IN ('none', 'making', 'turned'), NULL, migration_back_fault()) AS fault FROM migration_run
