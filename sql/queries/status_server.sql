-- The server, the session's login, the settings that matter here.
SELECT 'server' AS section, 'version' AS name, NULL AS row_count, NULL AS bytes, VERSION() AS value, @@version_comment AS detail
UNION ALL SELECT 'server', 'database', NULL, NULL, DATABASE(), CONCAT('as ', USER(), COALESCE(CONCAT(', role ', CURRENT_ROLE()), ''))
UNION ALL SELECT 'server', 'event_scheduler', NULL, NULL, @@event_scheduler, IF(@@event_scheduler = 'ON', NULL, 'maintenance is left to a worker')
UNION ALL SELECT 'server', 'performance_schema', NULL, NULL, IF(@@performance_schema, 'on', 'off'), NULL
UNION ALL SELECT 'server', 'innodb_buffer_pool_size', NULL, @@innodb_buffer_pool_size, NULL, NULL
UNION ALL SELECT 'server', 'innodb_flush_log_at_trx_commit', NULL, NULL, @@innodb_flush_log_at_trx_commit, NULL
