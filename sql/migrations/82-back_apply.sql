-- --back: what the log of here names, written into the source. A row there is right when its rule makes of it the row that is
-- here; so what is done is done until that is so, and doing it again changes nothing.

DELIMITER //

-- Where the rows of the source that stand in mig_back (by key) are not what is here: mig_unlike.
CREATE OR REPLACE PROCEDURE migration_back_look(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DECLARE v_rejected, v_left, v_merged BIGINT;
	DECLARE v_suspects, v_differences LONGTEXT;
	DECLARE v_target VARCHAR(64);
	DECLARE v_is_plain BOOLEAN;
	SELECT sql_suspects, REPLACE(sql_differences, 'INSERT INTO migration_differences', 'INSERT INTO mig_unlike'), target, mode IN ('update', 'replace') AND yields_to IS NULL INTO v_suspects, v_differences, v_target, v_is_plain FROM migration_rules WHERE rule = p_rule;
	CREATE OR REPLACE TEMPORARY TABLE mig_unlike (rule VARCHAR(40) NOT NULL, source_table VARCHAR(64) NOT NULL, source_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL, col VARCHAR(64) NOT NULL, expected TEXT NULL, found TEXT NULL, PRIMARY KEY (source_key, col)) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
	CALL migration_keys_for(p_rule);
	INSERT IGNORE INTO mig_keys SELECT k FROM mig_back;
	CREATE OR REPLACE TEMPORARY TABLE mig_sibs (sib VARCHAR(400) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY);
	CALL migration_raw_of_keys(p_rule, TRUE);
	CALL migration_map(p_rule, v_rejected, v_left, v_merged);
	SET SESSION sql_mode = '';
	EXECUTE IMMEDIATE v_suspects;
	EXECUTE IMMEDIATE v_differences;
	-- Of several rows there that are one here only the one that counts is brought to it.
	DELETE u FROM mig_unlike u LEFT JOIN mig_back b ON CAST(b.k AS CHAR(255)) COLLATE utf8mb4_bin = u.source_key WHERE b.k IS NULL OR u.col = '';
	-- A row of which the rule makes nothing.
	IF v_is_plain THEN
		SET @migration_sql = CONCAT('INSERT IGNORE INTO mig_unlike (rule, source_table, source_key, col, expected, found) SELECT ''', p_rule, ''', '''', CAST(b.k AS CHAR(255)), '''', NULL, ''a row'' FROM mig_back b JOIN ', v_target, ' t ON ', migration_back_on_sql(v_target), ' WHERE NOT EXISTS (SELECT 1 FROM mig_new n WHERE n.mig_key = CAST(b.k AS CHAR(255)))');
		EXECUTE IMMEDIATE @migration_sql;
	END IF;
	SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
END //

-- Of the agents whose instances are in the batch, who is the primary there now.
CREATE OR REPLACE PROCEDURE migration_back_primaries()
MODIFIES SQL DATA
BEGIN
	CREATE OR REPLACE TEMPORARY TABLE mig_agents (PRIMARY KEY (id)) AS SELECT DISTINCT t.agent_id AS id FROM mig_back b JOIN instances t ON t.id = b.id WHERE t.agent_id IS NOT NULL;
	CALL migration_keys_for('instances');
	INSERT IGNORE INTO mig_keys SELECT k FROM mig_back;
	SET @migration_is_back = TRUE;
	CALL migration_choose_primaries(TRUE);
	SET @migration_is_back = FALSE;
END //

-- The rows of the source that a rule has for the keys in mig_due_back, as mig_back.
CREATE OR REPLACE PROCEDURE migration_back_rows(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_target VARCHAR(64))
MODIFIES SQL DATA
BEGIN
	DECLARE v_table, v_key, v_db VARCHAR(64);
	SELECT r.source_table, r.key_col, u.source_db INTO v_table, v_key, v_db FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	SET @migration_sql = CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_back (id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '''', pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL, observed_at TIMESTAMP NULL DEFAULT NULL, cols VARCHAR(4000) NOT NULL DEFAULT '''', UNIQUE KEY (k)) AS SELECT s.', migration_quote(v_key), ' AS k FROM ', migration_quote(v_db), '.', migration_quote(v_table), ' s WHERE FALSE');
	EXECUTE IMMEDIATE @migration_sql;
	SET SESSION sql_mode = '';
	IF migration_back_is_log(p_rule) THEN
		INSERT IGNORE INTO mig_back (k, id, pool_id, observed_at) SELECT CAST(d.id AS UNSIGNED) & 0x7FFFFFFFFFFFFFFF, d.id, d.pool_id, d.observed_at FROM mig_due_back d;
	ELSE
		INSERT IGNORE INTO mig_back (k, id, pool_id, observed_at) SELECT i.source_key, i.id, d.pool_id, d.observed_at FROM mig_due_back d JOIN migration_back_ids i ON i.target = p_target AND i.id = d.id AND i.rule = p_rule;
	END IF;
	SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
END //

-- Rows that the source has not.
CREATE OR REPLACE PROCEDURE migration_back_add(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_target VARCHAR(64))
MODIFIES SQL DATA
BEGIN
	DECLARE v_table, v_key, v_db, v_kind VARCHAR(64);
	DECLARE v_src VARCHAR(200);
	DECLARE v_insert, v_expr LONGTEXT;
	DECLARE v_n BIGINT DEFAULT 0;
	SELECT r.source_table, r.key_col, r.key_kind, u.source_db, b.sql_insert INTO v_table, v_key, v_kind, v_db, v_insert FROM migration_rules r JOIN migration_run u JOIN migration_back_rules b ON b.rule = r.rule WHERE r.rule = p_rule;
	SET v_src = CONCAT(migration_quote(v_db), '.', migration_quote(v_table));
	-- Logs keep their numbers; where ids become numbers the next ones are taken: nobody else writes there.
	SET v_expr = CASE WHEN migration_back_is_log(p_rule) THEN 'CAST(b.id AS UNSIGNED) & 0x7FFFFFFFFFFFFFFF' WHEN v_kind = 'num' THEN CONCAT('(SELECT COALESCE(MAX(m.', migration_quote(v_key), '), 0) FROM ', v_src, ' m) + ROW_NUMBER() OVER (ORDER BY b.id)')
		WHEN p_target = 'agent_configs' THEN migration_back_id_sql('agents', 'b.id') ELSE 'b.id' END;
	SET SESSION sql_mode = '';
	SET @migration_sql = CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_add AS SELECT b.id, b.pool_id, b.observed_at, ', v_expr, ' AS k FROM mig_due_back b JOIN ', p_target, ' t ON ', migration_back_on_sql(p_target), ' WHERE ',
		IF(migration_back_is_log(p_rule), CONCAT('NOT EXISTS (SELECT 1 FROM ', v_src, ' s WHERE s.', migration_quote(v_key), ' = CAST(b.id AS UNSIGNED) & 0x7FFFFFFFFFFFFFFF)'), CONCAT('NOT EXISTS (SELECT 1 FROM migration_back_ids i WHERE i.target = ''', p_target, ''' AND i.id = b.id)')));
	EXECUTE IMMEDIATE @migration_sql;
	IF EXISTS (SELECT 1 FROM mig_add) THEN
		START TRANSACTION;
		EXECUTE IMMEDIATE v_insert;
		SET v_n = ROW_COUNT();
		IF NOT migration_back_is_log(p_rule) THEN
			INSERT IGNORE INTO migration_back_ids (target, id, rule, source_key) SELECT p_target, id, p_rule, k FROM mig_add;
		END IF;
		UPDATE migration_back_rules SET rows_added = rows_added + v_n WHERE rule = p_rule;
		COMMIT;
	END IF;
	SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
END //

-- mig_back written: the columns that differ; p_all: all of them, of rows of which one still does.
CREATE OR REPLACE PROCEDURE migration_back_write(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_all BOOLEAN)
MODIFIES SQL DATA
BEGIN
	DECLARE v_room, v_update, v_end LONGTEXT;
	DECLARE v_n, v_ended BIGINT DEFAULT 0;
	SELECT sql_room, sql_update, sql_end INTO v_room, v_update, v_end FROM migration_back_rules WHERE rule = p_rule;
	UPDATE mig_back SET cols = '';
	UPDATE mig_back b JOIN (SELECT source_key, GROUP_CONCAT(col) AS cols FROM mig_unlike GROUP BY source_key) u ON u.source_key = CAST(b.k AS CHAR(255)) COLLATE utf8mb4_bin SET b.cols = IF(p_all, '*', u.cols);
	IF p_rule = 'instances' THEN
		-- Where another is the primary now, those that claimed to be it beside the one before claim it no more.
		CREATE OR REPLACE TEMPORARY TABLE mig_whose_back (PRIMARY KEY (id)) AS SELECT DISTINCT t.agent_id AS id FROM mig_back b JOIN instances t ON t.id = b.id WHERE t.agent_id IS NOT NULL AND (b.cols = '*' OR FIND_IN_SET('is_primary', b.cols));
		UPDATE mig_back b JOIN instances t ON t.id = b.id JOIN mig_whose_back w ON w.id = t.agent_id SET b.cols = 'is_primary' WHERE b.cols = '' AND NOT t.is_primary;
	END IF;
	SET SESSION sql_mode = '';
	START TRANSACTION;
	IF v_room IS NOT NULL THEN EXECUTE IMMEDIATE v_room; END IF;
	EXECUTE IMMEDIATE v_update;
	SET v_n = ROW_COUNT();
	IF v_end IS NOT NULL AND NOT p_all THEN
		EXECUTE IMMEDIATE v_end;
		SET v_ended = ROW_COUNT();
	END IF;
	UPDATE migration_back_rules SET rows_written = rows_written + v_n, rows_ended = rows_ended + v_ended WHERE rule = p_rule;
	COMMIT;
	SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
END //

-- What of mig_back still is not what is here: the old schema has no room for it.
CREATE OR REPLACE PROCEDURE migration_back_note(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DELETE n FROM mig_back b JOIN migration_back_notes n ON n.rule = p_rule AND n.source_key = CAST(b.k AS CHAR(255)) COLLATE utf8mb4_bin;
	INSERT INTO migration_back_notes (rule, source_key, col, value, held, why)
	SELECT p_rule, u.source_key, u.col, u.found, u.expected, CASE WHEN u.col = '' THEN 'the old database has no room for such a row' WHEN FIND_IN_SET(u.col, r.held_cols) THEN 'its column there cannot hold it' ELSE 'there is no column for it' END
	FROM mig_unlike u JOIN migration_back_rules r ON r.rule = p_rule;
END //

-- All of one table that is due.
CREATE OR REPLACE PROCEDURE migration_back_apply(p_target VARCHAR(64))
MODIFIES SQL DATA
BEGIN
	DECLARE v_is_log BOOLEAN DEFAULT p_target IN ('system_events', 'spot_price_snapshots');
	CREATE OR REPLACE TEMPORARY TABLE mig_due_back (id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL, observed_at TIMESTAMP NULL DEFAULT NULL, PRIMARY KEY (id));
	INSERT IGNORE INTO mig_due_back SELECT k, pool_id, observed_at FROM mig_log_back WHERE target = p_target;
	IF p_target = 'instances' THEN
		-- Which of its instances is the primary, is said of all of them.
		CREATE OR REPLACE TEMPORARY TABLE mig_whose_back (PRIMARY KEY (id)) AS SELECT DISTINCT t.agent_id AS id FROM mig_due_back d JOIN instances t ON t.id = d.id WHERE t.agent_id IS NOT NULL;
		INSERT IGNORE INTO mig_whose_back SELECT CAST(k AS UUID) FROM mig_log_back WHERE target = 'agents' AND op IN ('I', 'P');
		INSERT IGNORE INTO mig_due_back SELECT t.id, NULL, NULL FROM mig_whose_back w JOIN instances t ON t.agent_id = w.id WHERE t.instance_status <> 'terminated';
	END IF;
	-- Of two of one name, address or token what the one is called depends on the other.
	IF p_target IN ('clients', 'users', 'agents') AND EXISTS (SELECT 1 FROM mig_log_back WHERE target = p_target AND (op IN ('I', 'D', 'N') OR target <> 'agents')) THEN
		INSERT IGNORE INTO mig_due_back SELECT i.id, NULL, NULL FROM migration_notes n JOIN migration_back_ids i ON i.rule = n.rule AND i.source_key = n.source_key WHERE n.rule = p_target AND n.col IN ('email', 'client_token', 'logical_agent_id') AND i.target = p_target;
	END IF;
	-- What went with its agent or client acts no more there either.
	IF p_target IN ('agents', 'instances', 'commands', 'replica_instances', 'users') AND EXISTS (SELECT 1 FROM mig_log_back WHERE target IN ('agents', 'clients') AND op = 'D') THEN
		SET @migration_sql = CONCAT('INSERT IGNORE INTO mig_due_back SELECT b.id, NULL, NULL FROM migration_back_ids b LEFT JOIN ', p_target, ' t ON ', migration_back_on_sql(p_target), ' WHERE b.target = ''', p_target, ''' AND t.id IS NULL');
		EXECUTE IMMEDIATE @migration_sql;
	END IF;
	FOR r IN (SELECT rule FROM migration_back_rules WHERE target = p_target AND is_main) DO
		CALL migration_back_add(r.rule, p_target);
	END FOR;
	FOR r IN (SELECT rule FROM migration_back_rules WHERE target = p_target AND (is_main OR NOT v_is_log) ORDER BY ord) DO
		CALL migration_back_rows(r.rule, p_target);
		IF EXISTS (SELECT 1 FROM mig_back) THEN
			IF NOT v_is_log THEN
				CALL migration_back_look(r.rule);
				CALL migration_back_write(r.rule, FALSE);
				IF r.rule = 'instances' THEN CALL migration_back_primaries(); END IF;
			END IF;
			CALL migration_back_look(r.rule);
			IF NOT v_is_log AND EXISTS (SELECT 1 FROM mig_unlike) THEN
				CALL migration_back_write(r.rule, TRUE);
				IF r.rule = 'instances' THEN CALL migration_back_primaries(); END IF;
				CALL migration_back_look(r.rule);
			END IF;
			CALL migration_back_note(r.rule);
		END IF;
	END FOR;
END //

-- The next rows of the log. Row: as migration_follow_step.
CREATE OR REPLACE PROCEDURE migration_back_step(p_rows INT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_n BIGINT;
	DECLARE v_at TIMESTAMP(3);
	DECLARE EXIT HANDLER FOR SQLEXCEPTION
	BEGIN
		ROLLBACK;
		SET @spotop_migration_back = NULL, @migration_is_back = FALSE;
		RESIGNAL;
	END;
	-- What the fence of the source lets by.
	SET @spotop_migration_back = TRUE;
	CREATE OR REPLACE TEMPORARY TABLE mig_log_back (PRIMARY KEY (id), KEY (target, op)) AS SELECT id, target, k, pool_id, observed_at, op FROM migration_back_log ORDER BY id LIMIT p_rows;
	SELECT COUNT(*) INTO v_n FROM mig_log_back;
	IF v_n > 0 THEN
		FOR t IN (SELECT DISTINCT b.target FROM migration_back_rules b WHERE b.is_main AND (b.target IN (SELECT l.target FROM mig_log_back l)
			OR (b.target = 'instances' AND EXISTS (SELECT 1 FROM mig_log_back l WHERE l.target = 'agents' AND l.op <> 'U')) OR EXISTS (SELECT 1 FROM mig_log_back l WHERE l.target IN ('agents', 'clients') AND l.op = 'D')) ORDER BY b.ord) DO
			CALL migration_back_apply(t.target);
		END FOR;
		START TRANSACTION;
		DELETE l FROM mig_log_back b STRAIGHT_JOIN migration_back_log l ON l.id = b.id;
		COMMIT;
	END IF;
	SET @spotop_migration_back = NULL;
	SELECT MIN(at) INTO v_at FROM (SELECT at FROM migration_back_log ORDER BY id LIMIT 1) x;
	SELECT v_n AS n, (SELECT COUNT(*) FROM (SELECT 1 FROM migration_back_log LIMIT 100000) x) AS n_waiting, COALESCE(GREATEST(0, ROUND((UNIX_TIMESTAMP(SYSDATE(3)) - UNIX_TIMESTAMP(v_at)) * 1000)), 0) AS lag_ms, FALSE AS has_children;
END //

-- Rows here that the source has not, as the log (p_only_tell: as differences) has them.
CREATE OR REPLACE PROCEDURE migration_back_missing(p_only_tell BOOLEAN)
MODIFIES SQL DATA
FOR r IN (SELECT b.rule, b.target, x.source_table AS tab, x.key_col AS k, u.source_db AS db FROM migration_back_rules b JOIN migration_rules x ON x.rule = b.rule JOIN migration_run u WHERE b.is_main ORDER BY b.ord) DO
	IF migration_back_is_log(r.rule) THEN
		CREATE OR REPLACE TEMPORARY TABLE mig_ids (id BIGINT UNSIGNED NOT NULL PRIMARY KEY);
		SET SESSION sql_mode = '';
		FOR o IN (SELECT m.rule, m.source_table AS tab, (SELECT c.expr FROM migration_columns c WHERE c.rule = m.rule AND c.col = 'id') AS e FROM migration_rules m WHERE m.target = r.target AND m.state <> 'absent' AND m.mode <> 'pools') DO
			SET @migration_sql = CONCAT('INSERT IGNORE INTO mig_ids SELECT ', migration_expand(o.e, r.db, o.tab), ' FROM ', migration_quote(r.db), '.', migration_quote(o.tab), ' s');
			EXECUTE IMMEDIATE @migration_sql;
		END FOR;
		SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
		SET @migration_sql = CONCAT(' FROM ', r.target, ' t WHERE NOT EXISTS (SELECT 1 FROM mig_ids i WHERE i.id = t.id) AND NOT EXISTS (SELECT 1 FROM mig_ids i WHERE i.id = t.id & 0x7FFFFFFFFFFFFFFF)');
	ELSE
		SET @migration_sql = CONCAT(' FROM ', r.target, ' t WHERE NOT EXISTS (SELECT 1 FROM migration_back_ids i WHERE i.target = ''', r.target, ''' AND i.id = CONVERT(CAST(t.', IF(r.target = 'agent_configs', 'agent_id', 'id'), ' AS CHAR) USING ascii) COLLATE ascii_bin)',
			-- What an instance paid is no list price of the old database.
			IF(r.target = 'ondemand_prices', ' AND t.id <> CAST(migration_list_id(t.instance_type, t.region) AS UUID)', ''));
	END IF;
	SET @migration_sql = CONCAT(IF(p_only_tell, CONCAT('INSERT IGNORE INTO migration_differences (rule, source_table, source_key, col, expected, found) SELECT ''', r.rule, ''', ''', r.tab, ''', {id}, '''', NULL, ''a row that the old database has not'''),
		CONCAT('INSERT INTO migration_back_log (target, k, pool_id, observed_at, op) SELECT ''', r.target, ''', {id}, ', IF(r.target = 'spot_price_snapshots', 't.pool_id, t.observed_at', 'NULL, NULL'), ', ''I''')), @migration_sql);
	SET @migration_sql = REPLACE(@migration_sql, '{id}', IF(r.target = 'agent_configs', 't.agent_id', 't.id'));
	EXECUTE IMMEDIATE @migration_sql;
END FOR //

-- After the first comparison: what differs is logged; from then on the log is whole.
CREATE OR REPLACE PROCEDURE migration_back_whole()
MODIFIES SQL DATA
BEGIN
	START TRANSACTION;
	INSERT INTO migration_back_log (target, k, op) SELECT DISTINCT i.target, i.id, IF(i.target = 'agents', 'P', 'U') FROM migration_suspects s JOIN migration_back_rules b ON b.rule = s.rule JOIN migration_back_ids i ON i.target = b.target AND i.rule = s.rule AND i.source_key = s.source_key;
	CALL migration_back_missing(FALSE);
	UPDATE migration_run SET back_state = 'whole';
	COMMIT;
END //

-- The suspects of a comparison of the way back, a batch at a time: what the old schema has no room for is no difference.
CREATE OR REPLACE PROCEDURE migration_back_recheck()
MODIFIES SQL DATA
BEGIN
	DECLARE v_n BIGINT;
	DELETE FROM migration_differences;
	CREATE OR REPLACE TEMPORARY TABLE mig_looked (rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, source_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL, PRIMARY KEY (rule, source_key));
	FOR r IN (SELECT DISTINCT s.rule, u.sql_suspects, u.sql_differences, u.sql_expired FROM migration_suspects s JOIN migration_back_rules b ON b.rule = s.rule JOIN migration_rules u ON u.rule = s.rule ORDER BY u.ord) DO
		REPEAT
			BEGIN
				DECLARE v_rejected, v_left, v_merged BIGINT;
				CREATE OR REPLACE TEMPORARY TABLE mig_batch (PRIMARY KEY (source_key)) AS SELECT s.source_key FROM migration_suspects s WHERE s.rule = r.rule AND NOT EXISTS (SELECT 1 FROM mig_looked l WHERE l.rule = s.rule AND l.source_key = s.source_key) LIMIT 2000;
				SELECT COUNT(*) INTO v_n FROM mig_batch;
				INSERT INTO mig_looked SELECT r.rule, source_key FROM mig_batch;
				CALL migration_keys_for(r.rule);
				SET SESSION sql_mode = '';
				INSERT IGNORE INTO mig_keys SELECT source_key FROM mig_batch;
				CREATE OR REPLACE TEMPORARY TABLE mig_sibs (sib VARCHAR(400) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY);
				CALL migration_raw_of_keys(r.rule, TRUE);
				CALL migration_map(r.rule, v_rejected, v_left, v_merged);
				IF r.sql_expired IS NOT NULL THEN EXECUTE IMMEDIATE r.sql_expired; END IF;
				EXECUTE IMMEDIATE r.sql_suspects;
				EXECUTE IMMEDIATE r.sql_differences;
			END;
		UNTIL v_n < 2000 END REPEAT;
	END FOR;
	DELETE d FROM migration_differences d JOIN migration_back_notes n ON n.rule = d.rule AND n.source_key = d.source_key AND n.col = d.col AND BINARY n.value <=> BINARY d.found;
	-- What is gone from here acts no more there; the row stays as history.
	DELETE FROM migration_differences WHERE col = '';
	DELETE s FROM migration_suspects s WHERE NOT EXISTS (SELECT 1 FROM migration_differences d WHERE d.rule = s.rule AND d.source_key = s.source_key);
	CALL migration_back_missing(TRUE);
END //

-- Turning back, step by step; each can be done twice. copy: this database is a copy again and takes no action; what was under way
-- waits for a moment to be written. undone: that taken back. turned: nothing is written here any more, and all of it is there.
-- ended: the old database is in use again.
CREATE OR REPLACE PROCEDURE migration_back_turn(p_to VARCHAR(10))
MODIFIES SQL DATA
BEGIN
	START TRANSACTION;
	CASE p_to
	WHEN 'copy' THEN
		UPDATE migration_run SET is_done = FALSE;
		CALL migration_say_copy(NULL);
	WHEN 'undone' THEN
		UPDATE migration_run SET is_done = TRUE;
		UPDATE schema_migrations SET details = JSON_SET(COALESCE(details, '{}'), '$.copy_of', NULL, '$.lag_ms', NULL, '$.seen_at', NULL) WHERE version = '7.0';
	WHEN 'turned' THEN
		UPDATE migration_run SET back_state = 'turned';
	WHEN 'ended' THEN
		UPDATE migration_run SET back_state = 'none', back_since = NULL, turned_at = CURRENT_TIMESTAMP(3), watermark = CURRENT_TIMESTAMP;
		DELETE FROM migration_back_ids;
		DELETE FROM migration_back_words;
		DELETE FROM migration_back_log;
	END CASE;
	COMMIT;
END //

DELIMITER ;
