-- Everything the report names, looked up by name: tables, columns, enums, indexes, keys, checks, triggers, views, events, partitions.
WITH want_table (name) AS (VALUES ('clients'), ('users'), ('agents'), ('agent_configs'), ('instance_counts'), ('instances'), ('replica_instances'),
	('commands'), ('switches'), ('spot_pools'), ('pool_price_hourly'), ('ondemand_prices'), ('spot_price_snapshots'), ('pricing_consolidated'),
	('pricing_canonical'), ('consolidation_jobs'), ('job_schedules'), ('ml_models'), ('ml_decisions'), ('ml_training_datasets'), ('system_events'),
	('sse_events'), ('notifications'), ('alerts'), ('automation_freezes'), ('audit_log'), ('client_savings_daily'), ('schema_migrations')),
want_index (tab, name, cols) AS (VALUES
	('commands', 'idx_commands_agent_pending', 'agent_id,status,priority,created_at'),
	('instances', 'idx_instances_launching', 'instance_status,launch_requested_at'),
	('instances', 'idx_instances_terminating', 'instance_status,termination_requested_at'),
	('instances', 'idx_instances_agent', 'agent_id,is_primary,instance_status'),
	('spot_price_snapshots', 'idx_snapshots_consolidation', 'created_at,is_duplicate'),
	('sse_events', 'idx_sse_client_pending', 'client_id,delivered,created_at'),
	('agents', 'uk_agents_logical', 'client_id,logical_agent_id'),
	('pricing_consolidated', 'uk_consolidated_pool_time', 'pool_id,observed_at'),
	('commands', 'uk_commands_request_id', 'request_id'),
	('switches', 'uk_switches_request_id', 'request_id'),
	('instances', 'uk_instances_primary', 'primary_of'),
	('alerts', 'uk_alerts_open', 'open_key'), ('automation_freezes', 'uk_freezes_request_id', 'request_id'), ('clients', 'uk_clients_email', 'email'),
	('clients', 'uk_clients_token', 'client_token'), ('ml_models', 'uk_models_name_version', 'model_name,model_version'),
	('ml_training_datasets', 'uk_datasets_name_version', 'dataset_name,dataset_version'),
	('ondemand_prices', 'uk_ondemand_type_region_time', 'instance_type,region,recorded_at'),
	('pricing_canonical', 'uk_canonical_pool_time', 'pool_id,observed_at'), ('replica_instances', 'uk_replicas_request_id', 'request_id'),
	('users', 'uk_users_db_user', 'db_user'), ('users', 'uk_users_email', 'email'),
	('agents', 'idx_agents_silent', 'enabled,silent_at'),
	('instance_counts', 'idx_counts_attention', 'attention')),
have_index AS (SELECT TABLE_NAME AS tab, INDEX_NAME AS name, GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX) AS cols
	FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() GROUP BY TABLE_NAME, INDEX_NAME),
want_key (name, child, parent, rule) AS (VALUES
	('fk_agents_client', 'agents', 'clients', 'CASCADE'), ('fk_agents_pool', 'agents', 'spot_pools', 'SET NULL'),
	('fk_agent_configs_agent', 'agent_configs', 'agents', 'CASCADE'), ('fk_alerts_agent', 'alerts', 'agents', 'CASCADE'),
	('fk_alerts_client', 'alerts', 'clients', 'CASCADE'), ('fk_savings_client', 'client_savings_daily', 'clients', 'CASCADE'),
	('fk_commands_agent', 'commands', 'agents', 'CASCADE'), ('fk_commands_client', 'commands', 'clients', 'CASCADE'),
	('fk_commands_user', 'commands', 'users', 'SET NULL'), ('fk_instances_agent', 'instances', 'agents', 'SET NULL'),
	('fk_instances_client', 'instances', 'clients', 'CASCADE'), ('fk_instances_pool', 'instances', 'spot_pools', 'SET NULL'),
	('fk_counts_client', 'instance_counts', 'clients', 'CASCADE'), ('fk_decisions_agent', 'ml_decisions', 'agents', 'CASCADE'),
	('fk_decisions_client', 'ml_decisions', 'clients', 'CASCADE'), ('fk_decisions_command', 'ml_decisions', 'commands', 'SET NULL'),
	('fk_decisions_model', 'ml_decisions', 'ml_models', 'SET NULL'), ('fk_models_dataset', 'ml_models', 'ml_training_datasets', 'SET NULL'),
	('fk_models_user', 'ml_models', 'users', 'SET NULL'), ('fk_datasets_user', 'ml_training_datasets', 'users', 'SET NULL'),
	('fk_notifications_client', 'notifications', 'clients', 'CASCADE'), ('fk_hourly_pool', 'pool_price_hourly', 'spot_pools', 'CASCADE'),
	('fk_replicas_agent', 'replica_instances', 'agents', 'CASCADE'), ('fk_replicas_client', 'replica_instances', 'clients', 'CASCADE'),
	('fk_replicas_command', 'replica_instances', 'commands', 'SET NULL'), ('fk_replicas_pool', 'replica_instances', 'spot_pools', 'SET NULL'),
	('fk_sse_client', 'sse_events', 'clients', 'CASCADE'), ('fk_switches_agent', 'switches', 'agents', 'CASCADE'),
	('fk_switches_client', 'switches', 'clients', 'CASCADE'), ('fk_switches_command', 'switches', 'commands', 'SET NULL'),
	('fk_switches_user', 'switches', 'users', 'SET NULL'), ('fk_users_client', 'users', 'clients', 'CASCADE')),
want_enum (tab, col, type) AS (VALUES
	('instances', 'instance_status', 'enum(''launching'',''running_primary'',''running_replica'',''promoting'',''terminating'',''terminated'',''zombie'')'),
	('instances', 'current_mode', 'enum(''unknown'',''ondemand'',''spot'')'),
	('switches', 'event_trigger', 'enum(''manual'',''ml'',''emergency'',''scheduled'')'),
	('sse_events', 'event_type', 'enum(''INSTANCE_LAUNCHING'',''INSTANCE_RUNNING'',''INSTANCE_TERMINATING'',''INSTANCE_TERMINATED'',''AGENT_STATUS_CHANGED'',''EMERGENCY_EVENT'',''COMMAND_EXECUTED'',''HEARTBEAT'')')),
want_size (tab, col, type) AS (VALUES ('commands', 'priority', 'tinyint(3) unsigned'), ('clients', 'max_agents', 'smallint(5) unsigned'),
	('spot_pools', 'boot_sample_count', 'smallint(5) unsigned'), ('instances', 'id', 'varchar(20)'), ('instances', 'instance_type', 'varchar(32)'),
	('instances', 'region', 'varchar(20)'), ('instances', 'az', 'varchar(32)'), ('spot_pools', 'id', 'varchar(100)'),
	('instances', 'launch_duration_seconds', 'smallint(5) unsigned'), ('instances', 'termination_duration_seconds', 'smallint(5) unsigned'),
	('instances', 'launch_requested_at', 'timestamp'), ('instances', 'launch_confirmed_at', 'timestamp'),
	('instances', 'termination_requested_at', 'timestamp'), ('instances', 'termination_confirmed_at', 'timestamp')),
want_check (tab, name) AS (VALUES
	('agents', 'chk_agents_heartbeat_interval'), ('agents', 'chk_agents_replica_xor'), ('agent_configs', 'chk_agent_configs_risk'),
	('agent_configs', 'chk_agent_configs_savings'), ('instances', 'chk_instances_primary_running'), ('ml_training_datasets', 'chk_datasets_dates'),
	('ondemand_prices', 'chk_ondemand_price'), ('pool_price_hourly', 'chk_hourly_order'), ('pricing_canonical', 'chk_canonical_confidence'),
	('pricing_canonical', 'chk_canonical_price'), ('pricing_consolidated', 'chk_consolidated_price'), ('spot_price_snapshots', 'chk_snapshots_price')),
want_notnull (tab, col) AS (VALUES ('instances', 'is_primary'), ('instances', 'instance_status'), ('agents', 'auto_switch_enabled'), ('agents', 'manual_replica_enabled')),
want_trigger (name, what) AS (VALUES ('instances_version_increment', 'versions, durations and the state machine'),
	('instances_before_insert', 'an instance is of its agent''s client'), ('instances_after_insert', 'counts and live events'),
	('instances_after_update', 'counts and live events'), ('instances_after_delete', 'counts'),
	('agents_before_insert', 'when an agent is silent'), ('agents_after_insert', 'every agent is counted'),
	('agents_before_update', 'versions of agents'), ('agents_after_update', 'counts and live events of agents'),
	('commands_before_insert', 'a command is of its agent''s client'), ('commands_frozen', 'a freeze holds back what is automatic'),
	('commands_before_update', 'versions and ends of commands'), ('commands_after_update', 'live events of commands'),
	('switches_after_insert', 'a switch leaves an event'),
	('snapshots_before_update', 'no orphan by an update'), ('consolidated_before_update', 'no orphan by an update'),
	('canonical_before_update', 'no orphan by an update'), ('events_before_update', 'no orphan by an update'),
	('snapshots_before_insert', 'fk_snapshots_pool in place of a foreign key'), ('consolidated_before_insert', 'no orphan in pricing_consolidated'),
	('canonical_before_insert', 'no orphan in pricing_canonical'), ('events_before_insert', 'no orphan in system_events'),
	('pools_before_delete', 'a pool goes with its prices'), ('agents_before_delete', 'an agent goes with its rows'),
	('clients_before_delete', 'a client goes with its rows'), ('audit_no_update', 'the audit log is append-only'), ('audit_no_delete', 'the audit log is append-only')),
want_view (name) AS (VALUES ('v_agent_health_summary'), ('v_active_instances_summary'), ('v_agent_status'), ('v_agents_attention'), ('v_client_totals'), ('v_fleet_totals')),
want_event (name) AS (VALUES ('cleanup_sse_events'), ('cleanup_old_events'), ('archive_old_snapshots'), ('make_partitions_ahead')),
want_part (tab, expr) AS (VALUES ('spot_price_snapshots', 'observed_at'), ('pricing_consolidated', 'observed_at'), ('pricing_canonical', 'observed_at'), ('system_events', 'created_at'))
SELECT CONCAT('table ', w.name) AS name, t.TABLE_NAME IS NOT NULL AS ok, COALESCE(CONCAT(t.ENGINE, ', ', t.TABLE_ROWS, ' rows or so'), 'is not there') AS evidence
FROM want_table w LEFT JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME = w.name
UNION ALL
SELECT CONCAT('index ', w.tab, '.', w.name), h.cols <=> w.cols, COALESCE(CONCAT('(', h.cols, ')', IF(h.cols = w.cols, '', CONCAT(', not (', w.cols, ')'))), 'is not there')
FROM want_index w LEFT JOIN have_index h ON h.tab = w.tab AND h.name = w.name
UNION ALL
SELECT CONCAT('foreign key ', w.name), k.DELETE_RULE <=> w.rule AND k.REFERENCED_TABLE_NAME <=> w.parent,
	COALESCE(CONCAT(k.TABLE_NAME, ' to ', k.REFERENCED_TABLE_NAME, ' on delete ', k.DELETE_RULE), 'is not there')
FROM want_key w LEFT JOIN information_schema.REFERENTIAL_CONSTRAINTS k ON k.CONSTRAINT_SCHEMA = DATABASE() AND k.CONSTRAINT_NAME = w.name AND k.TABLE_NAME = w.child
UNION ALL
SELECT CONCAT('enum ', w.tab, '.', w.col), c.COLUMN_TYPE <=> w.type, COALESCE(c.COLUMN_TYPE, 'is not there')
FROM want_enum w LEFT JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = w.tab AND c.COLUMN_NAME = w.col
UNION ALL
SELECT CONCAT('type ', w.tab, '.', w.col), c.COLUMN_TYPE <=> w.type, COALESCE(c.COLUMN_TYPE, 'is not there')
FROM want_size w LEFT JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = w.tab AND c.COLUMN_NAME = w.col
UNION ALL
SELECT CONCAT('check ', w.name), k.CONSTRAINT_NAME IS NOT NULL, COALESCE(LEFT(k.CHECK_CLAUSE, 120), 'is not there')
FROM want_check w LEFT JOIN information_schema.CHECK_CONSTRAINTS k ON k.CONSTRAINT_SCHEMA = DATABASE() AND k.CONSTRAINT_NAME = w.name AND k.TABLE_NAME = w.tab
UNION ALL
SELECT CONCAT('no NULL past a check: ', w.tab, '.', w.col), c.IS_NULLABLE <=> 'NO', CASE c.IS_NULLABLE WHEN 'NO' THEN 'NOT NULL' WHEN 'YES' THEN 'accepts NULL' ELSE 'is not there' END
FROM want_notnull w LEFT JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = w.tab AND c.COLUMN_NAME = w.col
UNION ALL
SELECT CONCAT('trigger ', w.name), t.TRIGGER_NAME IS NOT NULL, CONCAT(w.what, IF(t.TRIGGER_NAME IS NULL, ': is not there', ''))
FROM want_trigger w LEFT JOIN information_schema.TRIGGERS t ON t.TRIGGER_SCHEMA = DATABASE() AND t.TRIGGER_NAME = w.name
UNION ALL
SELECT CONCAT('view ', w.name), v.TABLE_NAME IS NOT NULL, IF(v.TABLE_NAME IS NULL, 'is not there', 'is there')
FROM want_view w LEFT JOIN information_schema.VIEWS v ON v.TABLE_SCHEMA = DATABASE() AND v.TABLE_NAME = w.name
UNION ALL
SELECT CONCAT('event ', w.name), COALESCE(e.STATUS = 'ENABLED', FALSE),
	COALESCE(CONCAT(LOWER(e.STATUS), ', every ', e.INTERVAL_VALUE, ' ', LOWER(e.INTERVAL_FIELD), ', last ran ', COALESCE(e.LAST_EXECUTED, 'never')), 'is not there, or not yours to see')
FROM want_event w LEFT JOIN (SELECT EVENT_NAME, STATUS, INTERVAL_VALUE, INTERVAL_FIELD, LAST_EXECUTED FROM information_schema.EVENTS
	WHERE EVENT_SCHEMA = DATABASE() AND @@event_scheduler <> 'DISABLED' UNION ALL SELECT NULL, NULL, NULL, NULL, NULL) e ON e.EVENT_NAME = w.name -- disabled, and asked in a plain join: error 1577
UNION ALL
SELECT CONCAT('partitions of ', w.tab), COALESCE(SUM(p.PARTITION_EXPRESSION LIKE CONCAT('%', w.expr, '%')) > 1, FALSE),
	COALESCE(CONCAT(SUM(p.PARTITION_NAME IS NOT NULL), ' by ', MAX(p.PARTITION_EXPRESSION)), 'has none')
FROM want_part w LEFT JOIN information_schema.PARTITIONS p ON p.TABLE_SCHEMA = DATABASE() AND p.TABLE_NAME = w.tab GROUP BY w.tab
