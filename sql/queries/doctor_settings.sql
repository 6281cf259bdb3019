-- Settings of the server that cost or endanger something: name, value, fail or warn, and what of. No row: none does.
WITH v AS (
	SELECT LOWER(VARIABLE_NAME) AS name, VARIABLE_VALUE AS value FROM information_schema.GLOBAL_VARIABLES
), r AS (
	SELECT 'skip_grant_tables' AS name, 'fail' AS result, 'whoever reaches the server may do everything: start it without' AS sentence
	UNION ALL SELECT 'binlog_format', 'fail', 'replica servers make ids and times of their own, and drift: set MIXED or ROW'
	UNION ALL SELECT 'max_prepared_stmt_count', 'fail', 'procedures that make partitions and gateways'' heartbeats cannot run: set the default, 16382'
	UNION ALL SELECT 'thread_stack', 'fail', 'too small for procedures that call each other (error 1436): set the default, 299008'
	UNION ALL SELECT 'max_allowed_packet', 'fail', 'bytes, too few for reports and results of agents: set the default, 16777216'
	UNION ALL SELECT 'sql_mode', 'warn', 'not strict: what is written past the procedures is cut and made to fit in silence; add STRICT_TRANS_TABLES'
	UNION ALL SELECT 'innodb_flush_log_at_trx_commit', 'warn', 'when the machine dies, the last second of what was answered as done is gone, audit included: 1 keeps it'
	UNION ALL SELECT 'sync_binlog', 'warn', 'when the machine dies, replica servers may have what this one has lost, or lack it: set 1'
	UNION ALL SELECT 'innodb_doublewrite', 'warn', 'a page that was half written when the machine died cannot be repaired: set ON'
	UNION ALL SELECT 'innodb_deadlock_detect', 'warn', 'who meets another half-way waits for innodb_lock_wait_timeout instead of trying again at once: set ON'
	UNION ALL SELECT 'innodb_file_per_table', 'warn', 'dropping a day gives no room back: set ON'
	UNION ALL SELECT 'innodb_buffer_pool_size', 'warn', 'bytes of cache: lists of a large fleet are read from the disk; give it half of the machine''s memory'
	UNION ALL SELECT 'table_open_cache', 'warn', 'each day of prices is a file to open, again and again with so few: set 2000'
	UNION ALL SELECT 'open_files_limit', 'warn', 'files, few for a table that has one for each day: set 16384'
	UNION ALL SELECT 'max_connections', 'warn', 'agents and consoles together: others wait at the door; set 151 or more'
	UNION ALL SELECT 'tx_isolation', 'warn', 'whoever reads holds what is written: set READ-COMMITTED or REPEATABLE-READ'
	UNION ALL SELECT 'query_cache_type', 'warn', 'each write of a busy fleet empties it, and waits for that: set OFF'
	UNION ALL SELECT 'max_statement_time', 'warn', 's: longer statements of agents and other programs are ended; ours set their own'
	UNION ALL SELECT 'wait_timeout', 'warn', 's: an agent that says something each minute finds its link closed; set 28800'
	UNION ALL SELECT 'idle_transaction_timeout', 'warn', 's: whoever may read may hold the rows that all change, in a transaction that nobody ends: set 60'
	UNION ALL SELECT 'secure_timestamp', 'warn', 'a migration and a demo cannot date rows back: set NO for as long as they run'
	UNION ALL SELECT 'init_connect', 'warn', 'is run in every session that is not an administrator''s; ours set right what they rely on, agents'' do not'
	UNION ALL SELECT 'autocommit', 'warn', 'what agents and other programs write past the procedures is not kept unless they commit: set ON'
	UNION ALL SELECT 'innodb_strict_mode', 'warn', 'tables may be made in another form than was asked for, in silence: set ON'
	UNION ALL SELECT 'foreign_key_checks', 'warn', 'rows without their parents are let in from every session that does not say otherwise: set ON'
)
SELECT r.name, v.value, r.result, r.sentence
FROM r JOIN v ON v.name = r.name
WHERE CASE r.name
	WHEN 'skip_grant_tables' THEN v.value = 'ON'
	WHEN 'binlog_format' THEN v.value = 'STATEMENT' AND EXISTS (SELECT 1 FROM v b WHERE b.name = 'log_bin' AND b.value = 'ON')
	WHEN 'max_prepared_stmt_count' THEN v.value + 0 < 100
	WHEN 'thread_stack' THEN v.value + 0 < 262144
	WHEN 'max_allowed_packet' THEN v.value + 0 < 1048576
	WHEN 'sql_mode' THEN v.value NOT LIKE '%STRICT_TRANS_TABLES%' AND v.value NOT LIKE '%STRICT_ALL_TABLES%'
	WHEN 'innodb_flush_log_at_trx_commit' THEN v.value NOT IN ('1', '3')
	WHEN 'sync_binlog' THEN v.value <> '1' AND EXISTS (SELECT 1 FROM v b WHERE b.name = 'log_bin' AND b.value = 'ON')
	WHEN 'innodb_buffer_pool_size' THEN v.value + 0 < 67108864
	WHEN 'table_open_cache' THEN v.value + 0 < 400
	WHEN 'open_files_limit' THEN v.value + 0 < 1024
	WHEN 'max_connections' THEN v.value + 0 < 50
	WHEN 'tx_isolation' THEN v.value = 'SERIALIZABLE'
	WHEN 'query_cache_type' THEN v.value <> 'OFF' AND EXISTS (SELECT 1 FROM v q WHERE q.name = 'query_cache_size' AND q.value + 0 > 0)
	WHEN 'max_statement_time' THEN v.value + 0 > 0
	WHEN 'wait_timeout' THEN v.value + 0 < 120
	WHEN 'idle_transaction_timeout' THEN v.value + 0 = 0
	WHEN 'secure_timestamp' THEN v.value <> 'NO'
	WHEN 'init_connect' THEN v.value <> ''
	ELSE v.value = 'OFF' END
ORDER BY r.result, r.name
