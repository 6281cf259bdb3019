-- The server in one row: version, up since, load, memory, replication and cluster; "off" where off.
SELECT VERSION() AS version, DATABASE() AS name, CAST(s.uptime AS INT) AS uptime_seconds, CAST(s.connected AS INT) AS connections, @@max_connections AS max_connections,
	CAST(s.running AS INT) AS running, s.questions / NULLIF(s.uptime, 0) AS queries_per_second, CAST(s.slow AS INT) AS slow_queries, @@innodb_buffer_pool_size AS buffer_pool_bytes,
	1 - s.page_reads / NULLIF(s.requests, 0) AS buffer_pool_hit, CAST(s.row_lock_waits AS INT) AS row_lock_waits, CAST(s.deadlocks AS INT) AS deadlocks,
	CAST(s.history AS INT) AS undo_history,
	CASE WHEN s.slave_running = 'ON' THEN CONCAT('replica, running', IF(@@read_only, ', read-only', '')) WHEN @@GLOBAL.gtid_slave_pos <> '' THEN 'replica, STOPPED'
		WHEN s.slaves > 0 THEN CONCAT('primary of ', s.slaves) WHEN @@log_bin THEN 'binlog on, no replica connected' ELSE 'off' END AS replication,
	CASE WHEN COALESCE(v.wsrep_on, 'OFF') <> 'ON' THEN 'off' ELSE CONCAT(LOWER(COALESCE(s.cluster_status, 'unknown')), ', ', COALESCE(s.cluster_size, 'n/a'), ' nodes', IF(s.cluster_ready = 'ON', '', ', NOT READY')) END AS cluster,
	@@event_scheduler AS event_scheduler, IF(@@performance_schema, 'on', 'off') AS performance_schema
FROM (SELECT MAX(IF(VARIABLE_NAME = 'UPTIME', VARIABLE_VALUE, NULL)) AS uptime, MAX(IF(VARIABLE_NAME = 'THREADS_CONNECTED', VARIABLE_VALUE, NULL)) AS connected,
		MAX(IF(VARIABLE_NAME = 'THREADS_RUNNING', VARIABLE_VALUE, NULL)) AS running, MAX(IF(VARIABLE_NAME = 'QUESTIONS', VARIABLE_VALUE, NULL)) AS questions,
		MAX(IF(VARIABLE_NAME = 'SLOW_QUERIES', VARIABLE_VALUE, NULL)) AS slow, MAX(IF(VARIABLE_NAME = 'INNODB_BUFFER_POOL_READS', VARIABLE_VALUE, NULL)) AS page_reads,
		MAX(IF(VARIABLE_NAME = 'INNODB_BUFFER_POOL_READ_REQUESTS', VARIABLE_VALUE, NULL)) AS requests, MAX(IF(VARIABLE_NAME = 'INNODB_ROW_LOCK_WAITS', VARIABLE_VALUE, NULL)) AS row_lock_waits,
		MAX(IF(VARIABLE_NAME = 'INNODB_DEADLOCKS', VARIABLE_VALUE, NULL)) AS deadlocks, MAX(IF(VARIABLE_NAME = 'INNODB_HISTORY_LIST_LENGTH', VARIABLE_VALUE, NULL)) AS history,
		MAX(IF(VARIABLE_NAME = 'SLAVE_RUNNING', VARIABLE_VALUE, NULL)) AS slave_running, MAX(IF(VARIABLE_NAME = 'SLAVES_CONNECTED', VARIABLE_VALUE, 0)) AS slaves,
		MAX(IF(VARIABLE_NAME = 'WSREP_CLUSTER_STATUS', VARIABLE_VALUE, NULL)) AS cluster_status, MAX(IF(VARIABLE_NAME = 'WSREP_CLUSTER_SIZE', VARIABLE_VALUE, NULL)) AS cluster_size,
		MAX(IF(VARIABLE_NAME = 'WSREP_READY', VARIABLE_VALUE, NULL)) AS cluster_ready
	FROM information_schema.GLOBAL_STATUS) s
LEFT JOIN (SELECT MAX(VARIABLE_VALUE) AS wsrep_on FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = 'WSREP_ON') v ON TRUE
