-- Whether the source is followed, and whether its change log is whole.
SELECT log_state, log_since, log_from_start, is_fenced, is_done, pass, (SELECT COALESCE(SUM(rows_read), 0) FROM migration_rules) AS rows_read, IF(log_state IN ('none', 'making'), NULL, migration_log_fault()) AS fault FROM migration_run
