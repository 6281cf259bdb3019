-- What each session of ours sets besides its time, character set and limits: no setting of a server's, and nothing its
-- init_connect did, changes an answer or a write. The two autocommits end a transaction that was left open there.
SESSION autocommit = 0, SESSION autocommit = 1, SESSION completion_type = 'NO_CHAIN', SESSION timestamp = DEFAULT,
    SESSION sql_select_limit = 18446744073709551615, SESSION max_join_size = 18446744073709551615, SESSION sql_big_selects = 1,
    SESSION foreign_key_checks = 1, SESSION unique_checks = 1, SESSION check_constraint_checks = 1, SESSION sql_safe_updates = 0,
    SESSION sql_auto_is_null = 0, SESSION sql_if_exists = 0, SESSION old_mode = 'UTF8_IS_UTF8MB3', SESSION default_regex_flags = '', SESSION innodb_strict_mode = 1, SESSION explicit_defaults_for_timestamp = 1,
    SESSION div_precision_increment = 4, SESSION default_week_format = 0, SESSION max_sort_length = 1024, SESSION sort_buffer_size = GREATEST(@@sort_buffer_size, 262144), SESSION max_recursive_iterations = 1000,
    SESSION lc_time_names = 'en_US', SESSION lc_messages = 'en_US', SESSION max_error_count = 64,
    SESSION lock_wait_timeout = 86400, SESSION wait_timeout = 28800, SESSION net_read_timeout = 30, SESSION net_write_timeout = 60,
    SESSION idle_transaction_timeout = 0, SESSION idle_readonly_transaction_timeout = 0, SESSION idle_write_transaction_timeout = 0,
