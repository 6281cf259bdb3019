-- --as60: a database in which back ends of schema 6.0 go on as they are, on the rows of this one, until each of them speaks
-- to the procedures. Its tables are views by the names and columns of the old database; where 7.0 has no such table there is
-- an inbox, a table whose trigger carries what is put in to where it belongs. All of it belongs to an account of its
-- own (spotop_as60_DATABASE), locked, that may read and write those tables of here; --clean takes it away again.

ALTER TABLE migration_run ADD COLUMN IF NOT EXISTS as60_db VARCHAR(64) NULL;

DELIMITER //

CREATE OR REPLACE FUNCTION migration_as60_owner() RETURNS VARCHAR(80)
DETERMINISTIC
RETURN LEFT(CONCAT('spotop_as60_', DATABASE()), 80) //

CREATE OR REPLACE PROCEDURE migration_as60_do(p_sql LONGTEXT)
MODIFIES SQL DATA
BEGIN
	SET @migration_sql = REPLACE(REPLACE(REPLACE(p_sql, '{here}', migration_quote(DATABASE())), '{as60}', migration_quote((SELECT as60_db FROM migration_run))), '{owner}', CONCAT(migration_quote(migration_as60_owner()), '@localhost'));
	EXECUTE IMMEDIATE @migration_sql;
END //

-- Whose client has gone over is not there for the back ends of before: {c} is its id in a row t.
CREATE OR REPLACE FUNCTION migration_as60_mine_sql(p_client TEXT) RETURNS TEXT
DETERMINISTIC
RETURN IF(p_client IS NULL, 'TRUE', CONCAT('NOT EXISTS (SELECT 1 FROM {as60}.clients_moved m WHERE m.client_id = ', p_client, ')')) //

-- One table of the old database as a view: each of its columns is the column here that it became, an expression where it became
-- part of one, NULL where there is nothing of it.
CREATE OR REPLACE PROCEDURE migration_as60_view(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DECLARE v_db, v_table, v_target, v_key VARCHAR(64);
	DECLARE v_cols, v_client LONGTEXT;
	SELECT u.source_db, r.source_table, r.target, r.key_col INTO v_db, v_table, v_target, v_key FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	CREATE OR REPLACE TEMPORARY TABLE mig_as60 (c VARCHAR(64) NOT NULL PRIMARY KEY, pos INT NOT NULL, expr TEXT NULL);
	INSERT INTO mig_as60 (c, pos) SELECT COLUMN_NAME, ORDINAL_POSITION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = v_db AND TABLE_NAME = v_table;
	UPDATE mig_as60 a SET a.expr = CONCAT('t.', IF(v_target = 'agent_configs', 'agent_id', 'id')) WHERE a.c = v_key;
	-- The names that a rule writes back to are those it reads by; of an expression what needs nothing of the old row.
	FOR m IN (SELECT names, expr FROM migration_back_columns WHERE rule = p_rule AND cols <> '-' AND expr NOT LIKE '%{%' AND expr NOT LIKE '%@%' ORDER BY expr NOT LIKE 't._%') DO
		UPDATE mig_as60 a SET a.expr = m.expr WHERE a.expr IS NULL AND FIND_IN_SET(a.c, REPLACE(m.names, '|', ',')) ORDER BY FIND_IN_SET(a.c, REPLACE(m.names, '|', ',')) LIMIT 1;
	END FOR;
	FOR m IN (SELECT x.col, SUBSTR(x.expr, 2, CHAR_LENGTH(x.expr) - 2) AS names FROM migration_columns x WHERE x.rule = p_rule AND x.expr REGEXP '^[{][a-z_|]+[}]$'
		ORDER BY NOT EXISTS (SELECT 1 FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = v_db AND c.TABLE_NAME = v_table AND c.COLUMN_NAME = x.col), x.col = 'created_at', x.col = 'updated_at') DO
		-- A column that stands under another name is there once.
		UPDATE mig_as60 a SET a.expr = CONCAT('t.', m.col) WHERE a.expr IS NULL AND FIND_IN_SET(a.c, REPLACE(m.names, '|', ',')) ORDER BY FIND_IN_SET(a.c, REPLACE(m.names, '|', ',')) LIMIT 1;
	END FOR;
	UPDATE mig_as60 SET expr = 'CAST({as60}.token_of(t.id, t.client_token) AS CHAR(255)) COLLATE utf8mb4_general_ci' WHERE p_rule = 'clients' AND c = 'client_token';
	UPDATE mig_as60 SET expr = 'IF(t.is_active, ''active'', ''inactive'')' WHERE p_rule = 'clients' AND c = 'status';
	SELECT GROUP_CONCAT(CONCAT(COALESCE(expr, 'NULL'), ' AS ', migration_quote(c)) ORDER BY pos SEPARATOR ', ') INTO v_cols FROM mig_as60;
	SET v_client = CASE WHEN v_target = 'clients' THEN 't.id' WHEN v_target = 'agent_configs' THEN '(SELECT a.client_id FROM {here}.agents a WHERE a.id = t.agent_id)' WHEN v_target IN ('spot_pools', 'ondemand_prices') THEN NULL ELSE 't.client_id' END;
	CALL migration_as60_do(CONCAT('GRANT SELECT, INSERT, UPDATE, DELETE ON {here}.', v_target, ' TO {owner}'));
	CALL migration_as60_do(CONCAT('CREATE OR REPLACE DEFINER = {owner} SQL SECURITY DEFINER VIEW {as60}.', migration_quote(v_table), ' AS SELECT ', v_cols, ' FROM {here}.', v_target, ' t WHERE ', migration_as60_mine_sql(v_client), IF(v_client IS NULL, '', ' WITH CASCADED CHECK OPTION')));
END //

-- A table that 7.0 has not, as the old database has it, and what becomes of a row that is put in.
CREATE OR REPLACE PROCEDURE migration_as60_inbox(p_table VARCHAR(64), p_body LONGTEXT)
MODIFIES SQL DATA
IF EXISTS (SELECT 1 FROM information_schema.TABLES t JOIN migration_run u ON t.TABLE_SCHEMA = u.source_db WHERE t.TABLE_NAME = p_table AND t.TABLE_TYPE = 'BASE TABLE') THEN
	CALL migration_as60_do(CONCAT('CREATE TABLE IF NOT EXISTS {as60}.', p_table, ' LIKE ', migration_quote((SELECT source_db FROM migration_run)), '.', p_table));
	CALL migration_as60_do(CONCAT('CREATE OR REPLACE DEFINER = {owner} TRIGGER {as60}.', p_table, '_in AFTER INSERT ON {as60}.', p_table, ' FOR EACH ROW ', p_body));
END IF //

-- The value of a column of the row that is put in, NULL where the old table has none of these.
CREATE OR REPLACE FUNCTION migration_as60_new(p_table VARCHAR(64), p_names TEXT) RETURNS TEXT
READS SQL DATA
RETURN migration_ref((SELECT source_db FROM migration_run), p_table, 'NEW', p_names, NULL) //

CREATE OR REPLACE PROCEDURE migration_as60_inboxes()
MODIFIES SQL DATA
BEGIN
	DECLARE v_agent TEXT DEFAULT CONCAT('COALESCE((SELECT a.id FROM {here}.agents a WHERE CAST(a.id AS CHAR) = {a} AND ', migration_as60_mine_sql('a.client_id'), '), (SELECT MIN(a.id) FROM {here}.agents a WHERE a.logical_agent_id = {a} AND ', migration_as60_mine_sql('a.client_id'), ' HAVING COUNT(*) = 1))');
	DECLARE v_nobody TEXT DEFAULT 'IF v_agent IS NULL THEN SIGNAL SQLSTATE ''45000'' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = ''there is no such agent, or its client has gone over to the procedures''; END IF; ';
	FOR t IN (SELECT 'agent_heartbeats' AS name UNION ALL SELECT 'pricing_reports' UNION ALL SELECT 'instance_switches' UNION ALL SELECT 'switch_history' UNION ALL SELECT 'termination_notices' UNION ALL SELECT 'rebalance_notices') DO
		CALL migration_as60_inbox(t.name, CONCAT('BEGIN DECLARE v_agent UUID DEFAULT ', REPLACE(v_agent, '{a}', migration_as60_new(t.name, 'agent_id')), '; ', v_nobody, CASE t.name
			WHEN 'agent_heartbeats' THEN 'UPDATE {here}.agents SET last_heartbeat_at = CURRENT_TIMESTAMP, status = ''online'' WHERE id = v_agent; '
			WHEN 'pricing_reports' THEN CONCAT('INSERT INTO {here}.spot_price_snapshots (agent_id, pool_id, price, observed_at) SELECT v_agent, j.pool, j.price, COALESCE(', migration_as60_new(t.name, 'collected_at|received_at'), ', CURRENT_TIMESTAMP) FROM (SELECT COALESCE(x.pool_id, x.pool, x.id) AS pool, COALESCE(x.price, x.spot_price) AS price FROM JSON_TABLE(COALESCE(', migration_as60_new(t.name, 'spot_pools'),
				', JSON_ARRAY(JSON_OBJECT(''pool'', ', migration_as60_new(t.name, 'current_pool_id'), ', ''price'', ', migration_as60_new(t.name, 'current_spot_price'), '))), ''$[*]'' COLUMNS (pool_id VARCHAR(100) PATH ''$.pool_id'', pool VARCHAR(100) PATH ''$.pool'', id VARCHAR(100) PATH ''$.id'', price DECIMAL(10,6) PATH ''$.price'', spot_price DECIMAL(10,6) PATH ''$.spot_price'')) x) j WHERE j.pool IS NOT NULL AND j.price IS NOT NULL; ',
				'IF ', migration_as60_new(t.name, 'on_demand_price'), ' IS NOT NULL THEN INSERT INTO {here}.ondemand_prices (instance_type, region, price, recorded_at) SELECT a.instance_type, a.region, ', migration_as60_new(t.name, 'on_demand_price'), ', COALESCE(', migration_as60_new(t.name, 'collected_at|received_at'), ', CURRENT_TIMESTAMP) FROM {here}.agents a WHERE a.id = v_agent AND a.instance_type IS NOT NULL AND a.region IS NOT NULL ON DUPLICATE KEY UPDATE price = VALUES(price); END IF; ')
			WHEN 'termination_notices' THEN CONCAT('UPDATE {here}.agents SET notice_status = ''termination'', notice_received_at = CURRENT_TIMESTAMP, notice_deadline = ', migration_as60_new(t.name, 'deadline|termination_time'), ' WHERE id = v_agent; ')
			WHEN 'rebalance_notices' THEN 'UPDATE {here}.agents SET notice_status = ''rebalance'', notice_received_at = CURRENT_TIMESTAMP WHERE id = v_agent; '
			ELSE CONCAT('INSERT INTO {here}.switches (client_id, agent_id, old_instance_id, new_instance_id, event_trigger, trigger_type, switched_at, success, error_message) SELECT a.client_id, a.id, ', migration_as60_new(t.name, 'old_instance_id'), ', ', migration_as60_new(t.name, 'new_instance_id'),
				', COALESCE((SELECT m.mapped FROM {here}.migration_states m WHERE m.domain = ''switches.event_trigger'' AND m.value = LOWER(', migration_as60_new(t.name, 'switch_reason|reason'), ')), ''manual''), COALESCE((SELECT m.mapped FROM {here}.migration_states m WHERE m.domain = ''switches.trigger_type'' AND m.value = LOWER(', migration_as60_new(t.name, 'switch_reason|reason'), ')), ''user''), COALESCE(', migration_as60_new(t.name, 'switched_at'), ', CURRENT_TIMESTAMP), COALESCE(', migration_as60_new(t.name, 'success'), ', TRUE), ', migration_as60_new(t.name, 'error_message'), ' FROM {here}.agents a WHERE a.id = v_agent; ') END, 'END'));
	END FOR;
END //

CREATE OR REPLACE PROCEDURE migration_as60(p_name VARCHAR(64))
MODIFIES SQL DATA
BEGIN
	DECLARE v_db, v_was VARCHAR(64);
	DECLARE v_text VARCHAR(300);
	SELECT source_db, as60_db INTO v_db, v_was FROM migration_run WHERE is_done;
	IF v_db IS NULL THEN
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'until the last pass the old database is the one in use: run db migrate --final first';
	ELSEIF v_was IS NULL AND EXISTS (SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = p_name) THEN
		SET v_text = CONCAT('there is a database ', p_name, ' already: name another one');
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
	ELSEIF v_was <> p_name THEN
		SET v_text = CONCAT('there is one already: ', v_was);
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
	END IF;
	CALL migration_session();
	UPDATE migration_run SET as60_db = p_name;
	CALL migration_find(v_db);
	CALL migration_as60_do('CREATE DATABASE IF NOT EXISTS {as60} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci');
	CALL migration_as60_do('CREATE USER IF NOT EXISTS {owner} IDENTIFIED VIA mysql_native_password USING ''invalid'' ACCOUNT LOCK');
	CALL migration_as60_do('GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE, TRIGGER, CREATE VIEW ON {as60}.* TO {owner}');
	CALL migration_as60_do('GRANT SELECT ON {here}.migration_states TO {owner}');
	CALL migration_as60_do(CONCAT('GRANT SELECT ON ', migration_quote(v_db), '.clients TO {owner}'));
	CALL migration_as60_do('CREATE TABLE IF NOT EXISTS {as60}.clients_moved (client_id UUID NOT NULL PRIMARY KEY, moved_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP) ENGINE=InnoDB');
	-- A token is kept here as its hash; who has the token itself is the old database, and it opens as long as that hash is the one here.
	CALL migration_as60_do(CONCAT('CREATE OR REPLACE DEFINER = {owner} FUNCTION {as60}.token_of(p_client UUID, p_hash VARCHAR(255)) RETURNS VARCHAR(255) CHARSET utf8mb4 COLLATE utf8mb4_general_ci READS SQL DATA SQL SECURITY DEFINER RETURN (SELECT MIN(o.client_token) FROM ', migration_quote(v_db), '.clients o WHERE SHA2(o.client_token, 256) = p_hash OR BINARY o.client_token = BINARY p_hash)'));
	CALL migration_as60_do('CREATE OR REPLACE DEFINER = {owner} PROCEDURE {as60}.cut_over(p_client VARCHAR(255)) MODIFIES SQL DATA SQL SECURITY DEFINER COMMENT ''This client speaks to the procedures now'' BEGIN INSERT IGNORE INTO {as60}.clients_moved (client_id) SELECT id FROM {here}.clients WHERE name = p_client OR CAST(id AS CHAR) = p_client; IF ROW_COUNT() = 0 THEN SIGNAL SQLSTATE ''45000'' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = ''there is no such client, or it has gone over already''; END IF; END');
	CALL migration_as60_do('CREATE OR REPLACE DEFINER = {owner} PROCEDURE {as60}.cut_back(p_client VARCHAR(255)) MODIFIES SQL DATA SQL SECURITY DEFINER COMMENT ''And again to tables'' DELETE FROM {as60}.clients_moved WHERE client_id IN (SELECT id FROM {here}.clients WHERE name = p_client OR CAST(id AS CHAR) = p_client)');
	FOR r IN (SELECT x.rule FROM migration_rules x WHERE x.state <> 'absent' AND x.rule IN ('clients', 'users', 'pools', 'ondemand', 'agents', 'agent_configs', 'instances', 'commands', 'switches', 'replicas', 'notifications', 'events', 'prices') ORDER BY x.ord) DO
		CALL migration_as60_view(r.rule);
	END FOR;
	CALL migration_as60_inboxes();
	SELECT t.TABLE_NAME AS name, IF(t.TABLE_TYPE = 'VIEW', 'view', IF(t.TABLE_NAME = 'clients_moved', 'who has gone over', 'inbox')) AS kind FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = p_name ORDER BY 2 DESC, 1;
END //

CREATE OR REPLACE PROCEDURE migration_drop_as60()
MODIFIES SQL DATA
IF EXISTS (SELECT 1 FROM migration_run WHERE as60_db IS NOT NULL) THEN
	CALL migration_as60_do('DROP DATABASE IF EXISTS {as60}');
	CALL migration_as60_do('DROP USER IF EXISTS {owner}');
	UPDATE migration_run SET as60_db = NULL;
END IF //

DELIMITER ;
