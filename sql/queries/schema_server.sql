-- What the server is and which of its settings the schema cares about.
SELECT VERSION() AS version, @@version_comment AS comment, @@event_scheduler AS event_scheduler,
	@@log_bin AS log_bin, @@log_bin_trust_function_creators AS trust_function_creators,
	@@performance_schema AS performance_schema, @@innodb_buffer_pool_size AS buffer_pool_bytes,
	@@innodb_flush_log_at_trx_commit AS flush_log_at_trx_commit, @@innodb_file_per_table AS file_per_table,
	@@open_files_limit AS open_files_limit, @@table_open_cache AS table_open_cache, @@sql_mode AS sql_mode,
	@@time_zone AS time_zone, @@system_time_zone AS system_time_zone, USER() AS login, CURRENT_ROLE() AS role
