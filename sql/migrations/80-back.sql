-- --back: the old database kept current from this one, after the last pass. The inverse of a rule says which column of
-- the source is made of which value here; triggers on the tables of here name the rows that changed. Whether a row there
-- is what it should be is asked of the rule itself: mapped again it must give the row that is here. What differs is
-- written, then looked at again, and what still differs the old schema cannot hold: that is named in migration_back_notes.

-- Rows here that are known there, by which key.
CREATE TABLE IF NOT EXISTS migration_back_ids (
	target VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	source_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
	PRIMARY KEY (target, id, rule, source_key),
	KEY idx_migration_back_ids_key (rule, source_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- What the triggers of here say has changed. pool_id and observed_at: of a price, which has no key of its number alone.
-- op: I, U, D; P: an agent that has another instance, N: another name.
CREATE TABLE IF NOT EXISTS migration_back_log (
	id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	target VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	k VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL,
	observed_at TIMESTAMP NULL DEFAULT NULL,
	op CHAR(1) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- Values that are here and that the old schema has no room for.
CREATE TABLE IF NOT EXISTS migration_back_notes (
	rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	source_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
	-- '': the whole row
	col VARCHAR(64) NOT NULL,
	value TEXT NULL,
	held TEXT NULL,
	why VARCHAR(200) NOT NULL,
	PRIMARY KEY (rule, source_key, col)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- The word that the source itself uses for a state of here.
CREATE TABLE IF NOT EXISTS migration_back_words (
	rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	col VARCHAR(64) NOT NULL,
	mapped VARCHAR(64) NOT NULL,
	word VARCHAR(100) NOT NULL,
	PRIMARY KEY (rule, col, mapped)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

-- One row a rule that goes back. is_main: rows that are new here go to this rule's table.
CREATE TABLE IF NOT EXISTS migration_back_rules (
	rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	target VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	ord SMALLINT UNSIGNED NOT NULL,
	is_main BOOLEAN NOT NULL,
	-- the columns of here that have one there
	held_cols TEXT NOT NULL,
	-- what is unique there and is to change, let go first: two rows may change hands of it
	sql_room LONGTEXT NULL,
	sql_update LONGTEXT NULL,
	sql_insert LONGTEXT NULL,
	sql_end LONGTEXT NULL,
	rows_added BIGINT UNSIGNED NOT NULL DEFAULT 0,
	rows_written BIGINT UNSIGNED NOT NULL DEFAULT 0,
	rows_ended BIGINT UNSIGNED NOT NULL DEFAULT 0,
	PRIMARY KEY (rule)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

ALTER TABLE migration_back_rules ADD COLUMN IF NOT EXISTS sql_room LONGTEXT NULL AFTER held_cols;

-- What a column of the source (the first of names that it has) is made of: an expression over the row here, t, and the row
-- there, s (in braces, as in 30-rules.sql); written when one of cols differs. kind: a table: the expression is an id of it,
-- which may have another form there; word: a state. A column of a rule that is one column there needs no line here.
-- cols '-': what is written when the row is here no longer, so that it acts no more there.
CREATE TABLE IF NOT EXISTS migration_back_columns (
	rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	names VARCHAR(100) NOT NULL,
	cols VARCHAR(200) NOT NULL,
	expr TEXT NOT NULL,
	kind VARCHAR(20) NULL,
	PRIMARY KEY (rule, names, cols)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

ALTER TABLE migration_triggers MODIFY kind ENUM('log','fence','back') NOT NULL;
-- turned: all is in the old database, and only its fence and the triggers of here are still in the way. turned_at: when that was
-- over, until the migration goes forward again.
ALTER TABLE migration_run ADD COLUMN IF NOT EXISTS back_state ENUM('none','making','open','whole','turned') NOT NULL DEFAULT 'none',
	ADD COLUMN IF NOT EXISTS back_since TIMESTAMP(3) NULL DEFAULT NULL, ADD COLUMN IF NOT EXISTS turned_at TIMESTAMP(3) NULL DEFAULT NULL;
ALTER TABLE migration_run MODIFY back_state ENUM('none','making','open','whole','turned') NOT NULL DEFAULT 'none';

DELETE FROM migration_back_columns;
INSERT INTO migration_back_columns (rule, names, cols, expr, kind) VALUES
	('clients', 'email', 'email', 't.email', NULL),
	-- A token is known here as its hash alone: one that was changed is void there, until it is given anew.
	('clients', 'client_token', 'client_token', 'IF(@migration_hashed, t.client_token, IF({client_token} LIKE ''void:%'' OR t.client_token LIKE ''shared:%'' OR t.client_token LIKE ''none:%'', {client_token}, CONCAT(''void:'', UUID())))', NULL),
	('clients', 'is_active', 'is_active', 't.is_active', NULL),
	('clients', 'status', 'is_active', 'IF(t.is_active, IF({status} IN (''inactive'', ''suspended'', ''deleted'', ''cancelled''), ''active'', COALESCE({status}, ''active'')), IF({status} IN (''inactive'', ''suspended'', ''deleted'', ''cancelled''), {status}, ''inactive''))', NULL),
	('clients', 'is_active', '-', 'FALSE', NULL), ('clients', 'status', '-', '''inactive''', NULL),
	('users', 'email', 'email', 't.email', NULL), ('users', 'is_active|enabled', '-', 'FALSE', NULL),
	('agents', 'logical_agent_id|name', 'logical_agent_id', 't.logical_agent_id', NULL),
	('agents', 'enabled', 'enabled', 't.enabled', NULL),
	('agents', 'terminated_at', 'enabled', 'IF(t.enabled, NULL, {terminated_at})', NULL),
	('agents', 'heartbeat_interval_seconds', 'heartbeat_interval_seconds', 't.heartbeat_interval_seconds', NULL),
	('agents', 'auto_switch_enabled', 'auto_switch_enabled', 't.auto_switch_enabled', NULL),
	('agents', 'notice_received_at', 'notice_received_at', 't.notice_received_at', NULL),
	('agents', 'metadata', 'metadata', 'NULLIF(JSON_REMOVE(t.metadata, ''$.login'', ''$.last_emergency_at'', ''$.emergency_replica_count'', ''$.current_replica_id'', ''$.installed_at'', ''$.last_switch_at'', ''$.last_interruption_signal'', ''$.interruption_handled_count'', ''$.last_failover_at'', ''$.terminated_at'', ''$.last_termination_notice_at'', ''$.last_rebalance_recommendation_at'', ''$.cleanup_enabled'', ''$.last_cleanup_at''), ''{}'')', NULL),
	('agents', 'enabled', '-', 'FALSE', NULL), ('agents', 'status', '-', '''offline''', NULL),
	('agent_configs', 'min_savings_percent', 'min_savings_percent', 't.min_savings_percent', NULL),
	('agent_configs', 'risk_threshold', 'risk_threshold', 't.risk_threshold', NULL),
	('agent_configs', 'custom_weights', 'custom_weights', 't.custom_weights', NULL),
	('agent_configs', 'custom_config', 'custom_weights', 'JSON_EXTRACT(t.custom_weights, ''$.custom_config'')', NULL),
	('agent_configs', 'max_switches_per_day', 'custom_weights', 'JSON_VALUE(t.custom_weights, ''$.max_switches_per_day'')', NULL),
	('instances', 'client_id', 'client_id', 't.client_id', 'clients'),
	('instances', 'agent_id', 'agent_id', 't.agent_id', 'agents'),
	-- These three say one thing together: all of them are written, or none.
	('instances', 'instance_status|status|state', 'instance_status,is_primary,is_active', 't.instance_status', 'word'),
	('instances', 'is_primary', 'instance_status,is_primary,is_active', 't.is_primary', NULL),
	('instances', 'is_active', 'instance_status,is_primary,is_active', 't.is_active', NULL),
	('instances', 'launch_requested_at', 'launch_requested_at', 't.launch_requested_at', NULL),
	('instances', 'launch_confirmed_at', 'launch_confirmed_at', 't.launch_confirmed_at', NULL),
	('instances', 'launch_duration_seconds', 'launch_duration_seconds', 't.launch_duration_seconds', NULL),
	('instances', 'termination_requested_at', 'termination_requested_at', 't.termination_requested_at', NULL),
	('instances', 'termination_confirmed_at', 'termination_confirmed_at', 't.termination_confirmed_at', NULL),
	('instances', 'termination_duration_seconds', 'termination_duration_seconds', 't.termination_duration_seconds', NULL),
	('instances', 'instance_status|status|state', '-', '''terminated''', NULL), ('instances', 'is_primary', '-', 'FALSE', NULL), ('instances', 'is_active', '-', 'FALSE', NULL),
	('commands', 'client_id', 'client_id', 't.client_id', 'clients'),
	('commands', 'request_id', 'request_id', 't.request_id', NULL),
	('commands', 'status', 'status', 't.status', 'word'),
	('commands', 'metadata', 'metadata', 't.metadata', NULL),
	('commands', 'status', '-', 'IF((SELECT m.mapped FROM migration_states m WHERE m.domain = ''commands.status'' AND m.value = LOWER(TRIM({status}))) IN (''completed'', ''failed'', ''cancelled'', ''expired''), {status}, ''cancelled'')', NULL),
	('pending_switches', 'client_id', 'client_id', 't.client_id', 'clients'),
	-- It knows waiting and done: what is being carried out, or was cancelled, is not to be carried out again.
	('pending_switches', 'executed_at', 'status,executed_at,completed_at,success,stage,stage_at', 'IF(t.status = ''pending'', NULL, COALESCE(t.executed_at, t.completed_at, t.stage_at, t.created_at))', NULL),
	('pending_switches', 'executed_at', '-', 'COALESCE({executed_at}, CURRENT_TIMESTAMP)', NULL),
	('switches', 'client_id', 'client_id', 't.client_id', 'clients'),
	('switches', 'request_id', 'request_id', 't.request_id', NULL),
	('switches', 'new_ami_id', 'new_ami_id', 't.new_ami_id', NULL),
	('switches', 'trigger_type', 'trigger_type', 't.trigger_type', 'word'),
	('switches', 'instance_ready_at', 'boot_seconds', 'IF(t.boot_seconds IS NULL, NULL, COALESCE({instance_ready_at}, t.switched_at))', NULL),
	('switches', 'instance_launched_at', 'boot_seconds', 'COALESCE({instance_ready_at}, t.switched_at) - INTERVAL t.boot_seconds SECOND', NULL),
	('switches', 'metadata', 'metadata', 't.metadata', NULL),
	('switches', 'timing_data', 'metadata', 'COALESCE(JSON_EXTRACT(t.metadata, ''$.timing_data''), t.metadata)', NULL),
	('instance_switches', 'agent_id', 'agent_id', 't.agent_id', 'agents'),
	('instance_switches', 'switch_reason|reason', 'trigger_type,event_trigger', 't.event_trigger', NULL),
	('instance_switches', 'metadata', 'metadata', 't.metadata', NULL),
	('replicas', 'agent_id', 'agent_id', 't.agent_id', 'agents'),
	('replicas', 'request_id', 'request_id', 't.request_id', NULL),
	('replicas', 'is_active', 'status', 't.status <> ''terminated''', NULL),
	('replicas', 'terminated_at', 'terminated_at', 't.terminated_at', NULL),
	('replicas', 'status', '-', '''terminated''', NULL), ('replicas', 'is_active', '-', 'FALSE', NULL),
	('notifications', 'message', 'message', 't.message', NULL), ('notifications', 'title', 'message', 'NULL', NULL),
	('notifications', 'notification_type', 'notification_type', 't.notification_type', 'word'),
	('events', 'client_id', 'client_id', 't.client_id', 'clients'),
	('prices', 'client_id', 'client_id', 't.client_id', 'clients'),
	('price_submissions', 'source_agent_id', 'agent_id', 't.agent_id', 'agents');

DELIMITER //

CREATE OR REPLACE FUNCTION migration_back_id_sql(p_target VARCHAR(64), p_x TEXT) RETURNS TEXT
DETERMINISTIC
RETURN CONCAT('COALESCE((SELECT i.source_key FROM migration_back_ids i WHERE i.target = ''', p_target, ''' AND i.id = CONVERT(CAST(', p_x, ' AS CHAR) USING ascii) COLLATE ascii_bin ORDER BY i.rule LIMIT 1), CAST(', p_x, ' AS CHAR))') //

-- The word there for a state: what stands there, if it means the same; else what the source uses for it.
CREATE OR REPLACE FUNCTION migration_back_word_sql(p_rule VARCHAR(40), p_target VARCHAR(64), p_col VARCHAR(64), p_x TEXT, p_ref TEXT) RETURNS TEXT
DETERMINISTIC
RETURN CONCAT('CASE WHEN ', p_x, ' IS NULL THEN NULL WHEN (SELECT m.mapped FROM migration_states m WHERE m.domain = ''', p_target, '.', p_col, ''' AND m.value = LOWER(TRIM(', p_ref, '))) = CONVERT(', p_x, ' USING utf8mb4) THEN ', p_ref,
	' ELSE COALESCE((SELECT w.word FROM migration_back_words w WHERE w.rule = ''', p_rule, ''' AND w.col = ''', p_col, ''' AND w.mapped = CONVERT(', p_x, ' USING utf8mb4)), CONVERT(', p_x, ' USING utf8mb4)) END') //

-- How a row of mig_back (b) finds the row here (t).
CREATE OR REPLACE FUNCTION migration_back_on_sql(p_target VARCHAR(64)) RETURNS TEXT
DETERMINISTIC
RETURN CASE WHEN p_target = 'spot_price_snapshots' THEN 't.pool_id = b.pool_id AND t.observed_at = b.observed_at AND t.id = CAST(b.id AS UNSIGNED)'
	WHEN p_target = 'system_events' THEN 't.id = CAST(b.id AS UNSIGNED)'
	WHEN p_target IN ('instances', 'spot_pools') THEN 't.id = b.id'
	WHEN p_target = 'agent_configs' THEN 't.agent_id = CAST(b.id AS UUID)'
	ELSE 't.id = CAST(b.id AS UUID)' END //

-- A log whose numbers are kept: those of here fit into a signed column but for the highest bit, which a server's number of 128
-- and more sets.
CREATE OR REPLACE FUNCTION migration_back_is_log(p_rule VARCHAR(40)) RETURNS BOOLEAN
DETERMINISTIC
RETURN p_rule IN ('prices', 'events') //

-- The columns of one rule's source, and what each is made of (mig_back_of).
CREATE OR REPLACE PROCEDURE migration_back_columns_of(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DECLARE v_db, v_table, v_target, v_key VARCHAR(64);
	SELECT u.source_db, r.source_table, r.target, r.key_col INTO v_db, v_table, v_target, v_key FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	-- Emptied, not made anew: MariaDB 11.8 cannot parse the loops below again when their tables are others.
	CREATE TEMPORARY TABLE IF NOT EXISTS mig_source_columns (c VARCHAR(64) NOT NULL PRIMARY KEY);
	CREATE TEMPORARY TABLE IF NOT EXISTS mig_back_of (c VARCHAR(64) NOT NULL PRIMARY KEY, cols VARCHAR(200) NOT NULL, expr TEXT NOT NULL);
	DELETE FROM mig_source_columns;
	DELETE FROM mig_back_of;
	INSERT INTO mig_source_columns SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = v_db AND TABLE_NAME = v_table AND COALESCE(GENERATION_EXPRESSION, '') = '';
	FOR m IN (SELECT names, cols, expr, kind FROM migration_back_columns WHERE rule = p_rule AND cols <> '-') DO
		INSERT IGNORE INTO mig_back_of SELECT c, m.cols, CASE WHEN m.kind = 'word' THEN migration_back_word_sql(p_rule, v_target, SUBSTRING_INDEX(m.cols, ',', 1), m.expr, migration_ref(v_db, v_table, 's', c, NULL))
			WHEN m.kind IS NOT NULL THEN migration_back_id_sql(m.kind, m.expr) ELSE migration_expand(m.expr, v_db, v_table) END
		FROM mig_source_columns WHERE FIND_IN_SET(c, REPLACE(m.names, '|', ',')) ORDER BY FIND_IN_SET(c, REPLACE(m.names, '|', ',')) LIMIT 1;
	END FOR;
	-- A rule that takes one column as it is, is its own inverse; of two that take the same one the one of its name.
	FOR m IN (SELECT x.col, x.parent, SUBSTR(x.expr, 2, CHAR_LENGTH(x.expr) - 2) AS names, i.DATA_TYPE AS t FROM migration_columns x JOIN information_schema.COLUMNS i ON i.TABLE_SCHEMA = DATABASE() AND i.TABLE_NAME = v_target AND i.COLUMN_NAME = x.col
		WHERE x.rule = p_rule AND x.expr REGEXP '^[{][a-z_|]+[}]$' ORDER BY NOT EXISTS (SELECT 1 FROM mig_source_columns c WHERE c.c = x.col), x.col = 'created_at', x.col = 'updated_at') DO
		INSERT IGNORE INTO mig_back_of SELECT c, m.col, CASE WHEN m.t = 'enum' THEN migration_back_word_sql(p_rule, v_target, m.col, CONCAT('t.', m.col), migration_ref(v_db, v_table, 's', c, NULL))
			WHEN m.parent IS NOT NULL AND m.t = 'uuid' THEN migration_back_id_sql(m.parent, CONCAT('t.', m.col)) ELSE CONCAT('t.', m.col) END
		FROM mig_source_columns WHERE FIND_IN_SET(c, REPLACE(m.names, '|', ',')) ORDER BY FIND_IN_SET(c, REPLACE(m.names, '|', ',')) LIMIT 1;
	END FOR;
	DELETE FROM mig_back_of WHERE c = v_key;
END //

-- The words of a rule's states as the source has them: the one it uses most; of a column that takes but some words, one of those.
CREATE OR REPLACE PROCEDURE migration_back_words_of(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DECLARE v_db, v_table, v_target VARCHAR(64);
	SELECT u.source_db, r.source_table, r.target INTO v_db, v_table, v_target FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	FOR m IN (SELECT o.c, SUBSTRING_INDEX(o.cols, ',', 1) AS col, (SELECT s.COLUMN_TYPE FROM information_schema.COLUMNS s WHERE s.TABLE_SCHEMA = v_db AND s.TABLE_NAME = v_table AND s.COLUMN_NAME = o.c AND s.DATA_TYPE = 'enum') AS e
		FROM mig_back_of o JOIN information_schema.COLUMNS i ON i.TABLE_SCHEMA = DATABASE() AND i.TABLE_NAME = v_target AND i.COLUMN_NAME = SUBSTRING_INDEX(o.cols, ',', 1) AND i.DATA_TYPE = 'enum' WHERE o.expr LIKE 'CASE WHEN%') DO
		SET @migration_sql = CONCAT('INSERT IGNORE INTO migration_back_words (rule, col, mapped, word) SELECT ''', p_rule, ''', ''', m.col, ''', y.mapped, y.v FROM (SELECT m.mapped, x.v, ROW_NUMBER() OVER (PARTITION BY m.mapped ORDER BY x.n DESC, x.v) AS rn FROM (SELECT LEFT(',
			migration_ref(v_db, v_table, 's', m.c, NULL), ', 100) AS v, COUNT(*) AS n FROM ', migration_quote(v_db), '.', migration_quote(v_table), ' s GROUP BY 1) x JOIN migration_states m ON m.domain = ''', v_target, '.', m.col, ''' AND m.value = LOWER(TRIM(x.v))) y WHERE y.rn = 1');
		EXECUTE IMMEDIATE @migration_sql;
		IF m.e IS NOT NULL THEN
			INSERT IGNORE INTO migration_back_words (rule, col, mapped, word)
			SELECT p_rule, m.col, y.mapped, y.value FROM (SELECT x.mapped, x.value, ROW_NUMBER() OVER (PARTITION BY x.mapped ORDER BY x.value <> LOWER(x.mapped), x.value) AS rn FROM migration_states x
				WHERE x.domain = CONCAT(v_target, '.', m.col) AND LOCATE(CONCAT('''', x.value, ''''), m.e) > 0) y WHERE y.rn = 1;
		END IF;
	END FOR;
END //

-- A rule's statements for the way back.
CREATE OR REPLACE PROCEDURE migration_back_compile(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_is_main BOOLEAN)
MODIFIES SQL DATA
BEGIN
	DECLARE v_db, v_table, v_target, v_key, v_kind VARCHAR(64);
	DECLARE v_src VARCHAR(200);
	DECLARE v_sets, v_cols, v_values, v_ends, v_held, v_room LONGTEXT;
	DECLARE v_ord INT;
	SELECT u.source_db, r.source_table, r.target, r.key_col, r.key_kind, r.ord INTO v_db, v_table, v_target, v_key, v_kind, v_ord FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	SET v_src = CONCAT(migration_quote(v_db), '.', migration_quote(v_table));
	CALL migration_back_columns_of(p_rule);
	CALL migration_back_words_of(p_rule);
	SELECT GROUP_CONCAT(CONCAT('s.', migration_quote(c), ' = IF(b.cols = ''*'' OR b.cols REGEXP ''(^|,)(', REPLACE(o.cols, ',', '|'), ')(,|$)''', ', ', expr, ', s.', migration_quote(c), ')') ORDER BY c SEPARATOR ', '),
		GROUP_CONCAT(migration_quote(c) ORDER BY c SEPARATOR ', '), GROUP_CONCAT(expr ORDER BY c SEPARATOR ', '), GROUP_CONCAT(cols)
	INTO v_sets, v_cols, v_values, v_held FROM mig_back_of o;
	SELECT GROUP_CONCAT(CONCAT('s.', migration_quote(c.c), ' = ', migration_expand(m.expr, v_db, v_table)) SEPARATOR ', ') INTO v_ends FROM migration_back_columns m JOIN mig_source_columns c ON FIND_IN_SET(c.c, REPLACE(m.names, '|', ',')) WHERE m.rule = p_rule AND m.cols = '-';
	SELECT GROUP_CONCAT(DISTINCT CONCAT('s.', migration_quote(o.c), ' = IF(b.cols = ''*'' OR b.cols REGEXP ''(^|,)(', REPLACE(o.cols, ',', '|'), ')(,|$)''', ', CONCAT(''~'', UUID()), s.', migration_quote(o.c), ')') SEPARATOR ', ') INTO v_room
	FROM mig_back_of o JOIN information_schema.STATISTICS i ON i.TABLE_SCHEMA = v_db AND i.TABLE_NAME = v_table AND i.COLUMN_NAME = o.c AND i.NON_UNIQUE = 0
	JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = v_db AND c.TABLE_NAME = v_table AND c.COLUMN_NAME = o.c AND c.CHARACTER_MAXIMUM_LENGTH >= 37;
	REPLACE INTO migration_back_rules (rule, target, ord, is_main, held_cols, sql_room, sql_update, sql_insert, sql_end)
	SELECT p_rule, v_target, v_ord, p_is_main, COALESCE(v_held, ''),
		CONCAT('UPDATE IGNORE mig_back b STRAIGHT_JOIN ', v_src, ' s ON s.', migration_quote(v_key), ' = b.k SET ', v_room, ' WHERE b.cols <> '''''),
		CONCAT('UPDATE IGNORE mig_back b STRAIGHT_JOIN ', v_src, ' s ON s.', migration_quote(v_key), ' = b.k JOIN ', v_target, ' t ON ', migration_back_on_sql(v_target), ' SET ', v_sets, ' WHERE b.cols <> '''''),
		CONCAT('INSERT IGNORE INTO ', v_src, ' (', migration_quote(v_key), ', ', v_cols, ') SELECT b.k, ', v_values, ' FROM mig_add b JOIN ', v_target, ' t ON ', migration_back_on_sql(v_target), ' LEFT JOIN ', v_src, ' s ON FALSE'),
		IF(v_ends IS NULL, NULL, CONCAT('UPDATE mig_back b STRAIGHT_JOIN ', v_src, ' s ON s.', migration_quote(v_key), ' = b.k SET ', v_ends, ' WHERE NOT EXISTS (SELECT 1 FROM ', v_target, ' t WHERE ', migration_back_on_sql(v_target), ')'))
	FROM (SELECT 1) one WHERE v_sets IS NOT NULL;
END //

-- The triggers of here, for what goes back.
CREATE OR REPLACE PROCEDURE migration_back_trigger(p_target VARCHAR(64))
MODIFIES SQL DATA
BEGIN
	DECLARE v_here VARCHAR(140) DEFAULT migration_quote(DATABASE());
	DECLARE v_put, v_begin TEXT;
	SET @migration_sql = CONCAT('GRANT SELECT, TRIGGER ON ', v_here, '.', migration_quote(p_target), ' TO ', migration_quote(migration_owner()), '@localhost');
	EXECUTE IMMEDIATE @migration_sql;
	SET v_begin = migration_handler(p_target);
	SET v_put = CONCAT('INSERT INTO ', v_here, '.migration_back_log (target, k, pool_id, observed_at, op) VALUES (''', p_target, ''', ', CASE WHEN p_target = 'agent_configs' THEN '{r}.agent_id' ELSE '{r}.id' END, ', ', IF(p_target = 'spot_price_snapshots', '{r}.pool_id, {r}.observed_at', 'NULL, NULL'), ', {op}); END');
	CALL migration_make_trigger('back', DATABASE(), p_target, 'AFTER INSERT', CONCAT(v_begin, REPLACE(REPLACE(v_put, '{r}', 'NEW'), '{op}', '''I''')));
	-- A price and an event never change but in what the jobs of here note down.
	IF p_target NOT IN ('spot_price_snapshots', 'system_events') THEN
		CALL migration_make_trigger('back', DATABASE(), p_target, 'AFTER UPDATE', CONCAT(v_begin, REPLACE(REPLACE(v_put, '{r}', 'NEW'), '{op}', IF(p_target = 'agents', 'CASE WHEN OLD.logical_agent_id <> NEW.logical_agent_id THEN ''N'' WHEN OLD.instance_id <=> NEW.instance_id AND OLD.client_id = NEW.client_id THEN ''U'' ELSE ''P'' END', '''U'''))));
		CALL migration_make_trigger('back', DATABASE(), p_target, 'BEFORE DELETE', CONCAT(v_begin, REPLACE(REPLACE(v_put, '{r}', 'OLD'), '{op}', '''D''')));
	END IF;
END //

-- Begun, or made anew where it is not whole: rules, the keys of both sides, triggers. What differs is found by a comparison after that.
CREATE OR REPLACE PROCEDURE migration_back_make()
MODIFIES SQL DATA
BEGIN
	DECLARE v_db VARCHAR(64);
	IF NOT COALESCE((SELECT is_done FROM migration_run), FALSE) THEN
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'there is no way back before the last pass: the old database is the one in use; run db migrate --final first';
	END IF;
	CALL migration_session();
	SELECT source_db INTO v_db FROM migration_run;
	UPDATE migration_run SET back_state = 'making';
	CALL migration_find(v_db);
	CALL migration_compile_all();
	DELETE FROM migration_back_words;
	DELETE FROM migration_back_rules WHERE rule NOT IN (SELECT r.rule FROM migration_rules r WHERE r.state <> 'absent');
	FOR r IN (SELECT x.rule, x.target, x.source_table AS tab, x.key_col AS k, x.key_kind AS kind, x.ord = MIN(x.ord) OVER (PARTITION BY x.target) AS is_main FROM migration_rules x WHERE x.state <> 'absent' AND x.mode <> 'pools'
		AND x.target IN ('clients', 'users', 'spot_pools', 'ondemand_prices', 'agents', 'agent_configs', 'instances', 'commands', 'switches', 'replica_instances', 'notifications', 'system_events', 'spot_price_snapshots')
		-- Other logs there are of one kind of event each.
		AND (x.target <> 'system_events' OR x.rule = 'events') ORDER BY x.ord) DO
		CALL migration_back_compile(r.rule, r.is_main);
		SET SESSION sql_mode = '';
		IF NOT migration_back_is_log(r.rule) THEN
			SET @migration_sql = CONCAT('INSERT IGNORE INTO migration_back_ids (target, id, rule, source_key) SELECT ''', r.target, ''', x.id, ''', r.rule, ''', x.k FROM (SELECT ', CASE r.target WHEN 'agent_configs' THEN migration_id_sql('agents', 'agents', migration_ref(v_db, r.tab, 's', 'agent_id', NULL), 's.agent_id')
				WHEN 'spot_price_snapshots' THEN migration_expand((SELECT c.expr FROM migration_columns c WHERE c.rule = r.rule AND c.col = 'id'), v_db, r.tab)
				ELSE migration_id_sql(r.target, r.rule, migration_ref(v_db, r.tab, 's', 'id', IF(r.target IN ('instances', 'spot_pools'), 'ascii', NULL)), CONCAT('s.', migration_quote(r.k))) END, ' AS id, s.', migration_quote(r.k), ' AS k FROM ', migration_quote(v_db), '.', migration_quote(r.tab), ' s) x WHERE x.id IS NOT NULL');
			EXECUTE IMMEDIATE @migration_sql;
		END IF;
		SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
	END FOR;
	CALL migration_make_owner();
	SET @migration_sql = CONCAT('GRANT INSERT ON ', migration_quote(DATABASE()), '.migration_back_log TO ', migration_quote(migration_owner()), '@localhost');
	EXECUTE IMMEDIATE @migration_sql;
	FOR r IN (SELECT target FROM migration_back_rules WHERE is_main ORDER BY ord) DO
		CALL migration_back_trigger(r.target);
	END FOR;
	DELETE FROM migration_broken;
	UPDATE migration_run SET back_state = 'open', back_since = CURRENT_TIMESTAMP(3);
END //

-- Why the log of the way back cannot be relied upon, or NULL.
CREATE OR REPLACE FUNCTION migration_back_fault() RETURNS VARCHAR(400)
READS SQL DATA
RETURN COALESCE(
	(SELECT CONCAT('a change of table ', tab, ' could not be logged at ', at, ': ', error) FROM migration_broken ORDER BY id LIMIT 1),
	(SELECT CONCAT('trigger ', m.name, ' on ', m.tab, ' is not the one that was made') FROM migration_triggers m
		LEFT JOIN information_schema.TRIGGERS t ON t.TRIGGER_SCHEMA = DATABASE() AND t.TRIGGER_NAME = m.name
		WHERE m.kind = 'back' AND NOT (t.CREATED <=> m.made AND MD5(t.ACTION_STATEMENT) <=> m.body_md5 AND SUBSTRING_INDEX(t.DEFINER, '@', 1) <=> migration_owner()) LIMIT 1),
	(SELECT 'its triggers are gone' FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM migration_triggers WHERE kind = 'back'))) //

DELIMITER ;
