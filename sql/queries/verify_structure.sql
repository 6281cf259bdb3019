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
	('agents', 'idx_agents_silent', 'enabled,silent_at'),
	('instance_counts', 'idx_counts_attention', 'attention')),
have_index AS (SELECT TABLE_NAME AS tab, INDEX_NAME AS name, GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX) AS cols
	FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() GROUP BY TABLE_NAME, INDEX_NAME),
want_key (name, child, parent, rule) AS (VALUES ('fk_instances_agent', 'instances', 'agents', 'SET NULL'), ('fk_commands_agent', 'commands', 'agents', 'CASCADE')),
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
want_check (tab, name) AS (VALUES ('instances', 'chk_instances_primary_running'), ('agents', 'chk_agents_replica_xor')),
want_notnull (tab, col) AS (VALUES ('instances', 'is_primary'), ('instances', 'instance_status'), ('agents', 'auto_switch_enabled'), ('agents', 'manual_replica_enabled')),
want_trigger (name, what) AS (VALUES ('instances_version_increment', 'versions, durations and the state machine'),
	('instances_after_update', 'counts and live events'), ('agents_before_update', 'versions of agents'),
	('snapshots_before_insert', 'fk_snapshots_pool in place of a foreign key'), ('consolidated_before_insert', 'no orphan in pricing_consolidated'),
	('canonical_before_insert', 'no orphan in pricing_canonical'), ('events_before_insert', 'no orphan in system_events'),
	('pools_before_delete', 'a pool goes with its prices'), ('agents_before_delete', 'an agent goes with its rows'),
	('clients_before_delete', 'a client goes with its rows'), ('audit_no_update', 'the audit log is append-only'), ('audit_no_delete', 'the audit log is append-only')),
want_view (name) AS (VALUES ('v_agent_health_summary'), ('v_active_instances_summary'), ('v_agent_status'), ('v_agents_attention'), ('v_client_totals')),
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
SELECT CONCAT('no NULL past a check: ', w.tab, '.', w.col), c.IS_NULLABLE <=> 'NO', COALESCE(IF(c.IS_NULLABLE = 'NO', 'NOT NULL', 'accepts NULL'), 'is not there')
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
FROM want_event w LEFT JOIN information_schema.EVENTS e ON e.EVENT_SCHEMA = DATABASE() AND e.EVENT_NAME = w.name
UNION ALL
SELECT CONCAT('partitions of ', w.tab), COALESCE(SUM(p.PARTITION_EXPRESSION LIKE CONCAT('%', w.expr, '%')) > 1, FALSE),
	COALESCE(CONCAT(SUM(p.PARTITION_NAME IS NOT NULL), ' by ', MAX(p.PARTITION_EXPRESSION)), 'has none')
FROM want_part w LEFT JOIN information_schema.PARTITIONS p ON p.TABLE_SCHEMA = DATABASE() AND p.TABLE_NAME = w.tab GROUP BY w.tab
