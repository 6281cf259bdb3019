-- --follow: what the change log says is taken over. The log only names rows: each is read again as the source has it
-- now, mapped by its rule and put in as any batch is, with the rows that depend on it. So the order of the log does not
-- matter, and whatever is killed half-way is done again.

DELIMITER //

-- mig_due: the keys of the batch, and of what depends on them.
CREATE OR REPLACE PROCEDURE migration_dependents(p_db VARCHAR(64))
MODIFIES SQL DATA
BEGIN
	CREATE OR REPLACE TEMPORARY TABLE mig_due (tab VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, k VARCHAR(255) COLLATE utf8mb4_bin NOT NULL, PRIMARY KEY (tab, k)) AS SELECT DISTINCT tab, k FROM mig_log;
	-- What a key of here refused may have room now; of very many, some at a time.
	IF EXISTS (SELECT 1 FROM mig_log WHERE op <> 'I') THEN
		INSERT IGNORE INTO mig_due SELECT x.source_table, x.source_key FROM migration_rejects x WHERE x.reason LIKE 'Duplicate entry%' AND x.source_table IN (SELECT l.tab FROM mig_log l WHERE l.op <> 'I') ORDER BY RAND() LIMIT 50;
	END IF;
	-- Two of one name or address: the first keeps it.
	FOR r IN (SELECT DISTINCT r.source_table AS tab, r.key_col AS k FROM migration_rules r JOIN mig_log l ON l.tab = r.source_table AND l.op IN ('I', 'D', 'N', 'O') WHERE r.target IN ('clients', 'users', 'agents') AND r.mode <> 'pools' AND r.state <> 'absent') DO
		SET @migration_sql = CONCAT('INSERT IGNORE INTO mig_due SELECT ', QUOTE(r.tab), ', s.', migration_quote(r.k), ' FROM ', migration_quote(p_db), '.', migration_quote(r.tab), ' s');
		EXECUTE IMMEDIATE @migration_sql;
	END FOR;
	CALL migration_dependents_of_instances(p_db);
END //

-- Which of its instances an agent's primary is, is decided over all of them.
CREATE OR REPLACE PROCEDURE migration_dependents_of_instances(p_db VARCHAR(64))
MODIFIES SQL DATA
main: BEGIN
	DECLARE v_tab, v_key, v_agents, v_agent_key VARCHAR(64);
	SELECT source_table, key_col INTO v_tab, v_key FROM migration_rules WHERE rule = 'instances' AND state <> 'absent';
	SELECT source_table, key_col INTO v_agents, v_agent_key FROM migration_rules WHERE rule = 'agents' AND state <> 'absent';
	IF v_tab IS NULL THEN LEAVE main; END IF;
	-- In the source's own types, so that its keys serve.
	SET @migration_sql = CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_whose (UNIQUE KEY (raw)) AS SELECT s.agent_id AS raw FROM ', migration_quote(p_db), '.', migration_quote(v_tab), ' s WHERE FALSE');
	EXECUTE IMMEDIATE @migration_sql;
	SET SESSION sql_mode = '';
	INSERT IGNORE INTO mig_whose SELECT k FROM mig_log WHERE tab = v_agents AND op IN ('I', 'D', 'P', 'N', 'O');
	-- Whose primaries they are: of the agents there those that have this id here. What the row here says would not do: read again for
	-- another reason since, it may name its next agent already.
	CREATE OR REPLACE TEMPORARY TABLE mig_left_agents (PRIMARY KEY (id)) AS SELECT DISTINCT p.agent_id AS id FROM mig_log l JOIN migration_primaries p ON p.instance_id = CONVERT(l.k USING ascii) COLLATE ascii_bin WHERE l.tab = v_tab AND l.op IN ('D', 'P');
	INSERT IGNORE INTO mig_whose SELECT id FROM mig_left_agents;
	IF EXISTS (SELECT 1 FROM mig_left_agents WHERE CAST(id AS CHAR) LIKE '________-____-5___-a%') THEN
		SET @migration_sql = CONCAT('INSERT IGNORE INTO mig_whose SELECT s.', migration_quote(v_agent_key), ' FROM ', migration_quote(p_db), '.', migration_quote(v_agents), ' s JOIN mig_left_agents g ON g.id = ', migration_id_sql('agents', 'agents', CONCAT('CONVERT(s.', migration_quote(v_agent_key), ' USING utf8mb4) COLLATE utf8mb4_general_ci'), CONCAT('s.', migration_quote(v_agent_key))));
		EXECUTE IMMEDIATE @migration_sql;
	END IF;
	CALL migration_keys_for('instances');
	INSERT IGNORE INTO mig_keys SELECT d.k FROM mig_due d LEFT JOIN mig_log l ON l.tab = d.tab AND l.k = d.k WHERE d.tab = v_tab GROUP BY d.k HAVING COALESCE(SUM(l.op <> 'U'), 1) > 0;
	SET @migration_sql = CONCAT('INSERT IGNORE INTO mig_whose SELECT s.agent_id FROM mig_keys mk STRAIGHT_JOIN ', migration_quote(p_db), '.', migration_quote(v_tab), ' s WHERE s.', migration_quote(v_key), ' = mk.k AND s.agent_id IS NOT NULL');
	EXECUTE IMMEDIATE @migration_sql;
	SET @migration_sql = CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_agents (PRIMARY KEY (id)) AS SELECT DISTINCT CAST(', migration_uuid_sql('agents', 'CONVERT(w.raw USING utf8mb4) COLLATE utf8mb4_general_ci'), ' AS UUID) AS id FROM mig_whose w WHERE w.raw <> ''''');
	EXECUTE IMMEDIATE @migration_sql;
	SET @migration_sql = CONCAT('INSERT IGNORE INTO mig_due SELECT ', QUOTE(v_tab), ', s.', migration_quote(v_key), ' FROM mig_whose w STRAIGHT_JOIN ', migration_quote(p_db), '.', migration_quote(v_tab), ' s WHERE s.agent_id = w.raw');
	EXECUTE IMMEDIATE @migration_sql;
	SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
END //

-- Pools that rows of mig_raw name and that are in no table of pools, and the days that they are of.
CREATE OR REPLACE PROCEDURE migration_make_room(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_target VARCHAR(64), p_day VARCHAR(64))
MODIFIES SQL DATA
BEGIN
	DECLARE v_none BIGINT;
	FOR c IN (SELECT col FROM migration_columns WHERE rule = p_rule AND parent = 'spot_pools') DO
		SET @migration_sql = CONCAT('SELECT COUNT(*) INTO @migration_n FROM mig_raw r WHERE r.', migration_quote(c.col), ' IS NOT NULL AND NOT EXISTS (SELECT 1 FROM spot_pools p WHERE p.id = CONVERT(r.', migration_quote(c.col), ' USING ascii) COLLATE ascii_bin)');
		EXECUTE IMMEDIATE @migration_sql;
		IF @migration_n > 0 THEN
			CREATE OR REPLACE TEMPORARY TABLE mig_pools (id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY, by_whom VARCHAR(140));
			SET SESSION sql_mode = '';
			SET @migration_sql = CONCAT('INSERT IGNORE INTO mig_pools SELECT DISTINCT CONVERT(r.', migration_quote(c.col), ' USING ascii), ''', p_rule, '.', c.col, ''' FROM mig_raw r WHERE r.', migration_quote(c.col), ' REGEXP ''^[a-z][a-z0-9-]*[.][a-z0-9-]+[.][a-z]{2}(-[a-z]+)+-[0-9]+[a-z]$'' AND CHAR_LENGTH(r.', migration_quote(c.col), ') <= 60');
			EXECUTE IMMEDIATE @migration_sql;
			SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
			CALL migration_add_pools();
		END IF;
	END FOR;
	IF p_day IS NOT NULL THEN
		-- Not made anew: MariaDB 11.8 cannot always open a cursor on a table that is another than at the last call (1064).
		CREATE TEMPORARY TABLE IF NOT EXISTS mig_due_days (day DATE NOT NULL PRIMARY KEY);
		DELETE FROM mig_due_days;
		SET @migration_sql = CONCAT('INSERT IGNORE INTO mig_due_days SELECT IF(partition_unit(''', p_target, ''') = ''month'', DATE_FORMAT(r.', migration_quote(p_day), ', ''%Y-%m-01''), DATE(r.', migration_quote(p_day), ')) FROM mig_raw r WHERE UNIX_TIMESTAMP(r.', migration_quote(p_day), ') BETWEEN 2678400 AND UNIX_TIMESTAMP() + 86400');
		EXECUTE IMMEDIATE @migration_sql;
		FOR d IN (SELECT day AS a FROM mig_due_days) DO
			CALL partitions_ensure(p_target, d.a, d.a);
		END FOR;
	END IF;
END //

-- What others take from the rows that are due, as it is here now: that they are there at all; of an agent its name and its
-- client, of an instance its type and place. p_as: mig_were or mig_are.
CREATE OR REPLACE PROCEDURE migration_look(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_target VARCHAR(64), p_table VARCHAR(64), p_as VARCHAR(64))
MODIFIES SQL DATA
BEGIN
	SET @migration_sql = CONCAT('CREATE OR REPLACE TEMPORARY TABLE ', p_as, ' (PRIMARY KEY (k)) AS SELECT d.k, ', IF(p_target = 'agents', 't.logical_agent_id', 'NULL'), ' AS name, ',
		CASE p_target WHEN 'agents' THEN 'MD5(CONCAT_WS(''|'', t.client_id, t.logical_agent_id))' WHEN 'instances' THEN 'MD5(CONCAT_WS(''|'', t.instance_type, t.region, t.az, COALESCE(t.current_pool_id, '''')))' ELSE '''''' END,
		' AS taken FROM mig_due d JOIN ', p_target, ' t ON t.id = ', migration_id_sql(p_target, p_rule, IF(p_target IN ('instances', 'spot_pools'), 'CONVERT(d.k USING ascii) COLLATE ascii_bin', 'CONVERT(d.k USING utf8mb4) COLLATE utf8mb4_general_ci'), 'd.k'), ' WHERE d.tab = ', QUOTE(p_table));
	EXECUTE IMMEDIATE @migration_sql;
END //

-- What has come, or is another to those that take from it: they are logged as changed themselves, in the transaction that
-- changed it, so that they are not forgotten when this is killed.
CREATE OR REPLACE PROCEDURE migration_consequences(p_target VARCHAR(64))
MODIFIES SQL DATA
main: BEGIN
	DECLARE v_db VARCHAR(64) DEFAULT (SELECT source_db FROM migration_run);
	CREATE OR REPLACE TEMPORARY TABLE mig_came (PRIMARY KEY (k)) AS SELECT n.k, n.name, w.name AS was FROM mig_are n LEFT JOIN mig_were w ON w.k = n.k WHERE w.k IS NULL OR w.taken <> n.taken;
	IF NOT EXISTS (SELECT 1 FROM mig_came) THEN LEAVE main; END IF;
	-- What was rejected or left empty for want of it.
	INSERT INTO migration_changes (tab, k, op) SELECT x.source_table, x.source_key, 'C' FROM migration_rejects x
	WHERE x.reason LIKE CONCAT('%" is not in ', p_target) AND CONVERT(SUBSTRING_INDEX(SUBSTRING_INDEX(x.reason, '" is not in ', 1), ': "', -1) USING utf8mb4) COLLATE utf8mb4_bin IN (SELECT LEFT(c.k, 100) FROM mig_came c);
	INSERT INTO migration_changes (tab, k, op) SELECT x.source_table, x.source_key, 'C' FROM migration_notes x
	WHERE x.done = CONCAT('not in ', p_target, ': left empty') AND CONVERT(x.value USING utf8mb4) COLLATE utf8mb4_bin IN (SELECT c.k FROM mig_came c);
	IF p_target NOT IN ('agents', 'instances') THEN LEAVE main; END IF;
	-- An agent is named by its id or by its logical id.
	CREATE OR REPLACE TEMPORARY TABLE mig_names (name VARCHAR(255) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY);
	INSERT IGNORE INTO mig_names SELECT k FROM mig_came;
	INSERT IGNORE INTO mig_names SELECT name FROM mig_came WHERE name IS NOT NULL;
	INSERT IGNORE INTO mig_names SELECT was FROM mig_came WHERE was IS NOT NULL;
	FOR r IN (SELECT DISTINCT r.source_table AS tab, r.key_col AS k, r.key_kind AS kind, i.COLUMN_NAME AS c FROM migration_rules r JOIN information_schema.COLUMNS i ON i.TABLE_SCHEMA = v_db AND i.TABLE_NAME = r.source_table
		WHERE r.state <> 'absent' AND r.mode <> 'pools' AND IF(p_target = 'agents', i.COLUMN_NAME IN ('agent_id', 'source_agent_id'), r.rule = 'instance_switches' AND i.COLUMN_NAME IN ('old_instance_id', 'new_instance_id'))) DO
		-- In the column's own type, so that its key serves where it has one.
		SET @migration_sql = CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_raw_names (KEY (name)) AS SELECT s.', migration_quote(r.c), ' AS name FROM ', migration_quote(v_db), '.', migration_quote(r.tab), ' s WHERE FALSE');
		EXECUTE IMMEDIATE @migration_sql;
		INSERT IGNORE INTO mig_raw_names SELECT name FROM mig_names;
		SET @migration_sql = CONCAT('INSERT INTO migration_changes (tab, k, op) SELECT DISTINCT ', QUOTE(r.tab), ', ', IF(r.kind = 'bin', 'HEX(', '('), 's.', migration_quote(r.k), '), ''C'' FROM mig_raw_names n JOIN ', migration_quote(v_db), '.', migration_quote(r.tab), ' s ON s.', migration_quote(r.c), ' = n.name');
		EXECUTE IMMEDIATE @migration_sql;
	END FOR;
END //

-- What is in mig_raw taken in, and what follows from it for others told to the log. mig_due: its keys.
CREATE OR REPLACE PROCEDURE migration_take_and_tell(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, OUT p_new BIGINT, OUT p_changed BIGINT, OUT p_error VARCHAR(500), INOUT p_rejects_was BIGINT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_table, v_target VARCHAR(64);
	DECLARE v_gives BOOLEAN;
	SELECT source_table, target, key_col = 'id' AND target IN ('clients', 'users', 'agents', 'instances', 'spot_pools', 'commands', 'ml_models', 'ml_training_datasets') INTO v_table, v_target, v_gives FROM migration_rules WHERE rule = p_rule;
	IF v_gives THEN
		CALL migration_look(p_rule, v_target, v_table, 'mig_were');
	END IF;
	CALL migration_take_all(p_rule, p_new, p_changed, p_error, p_rejects_was);
	IF v_gives THEN
		CALL migration_look(p_rule, v_target, v_table, 'mig_are');
		CALL migration_consequences(v_target);
	END IF;
END //

-- The rows of one rule that are due.
CREATE OR REPLACE PROCEDURE migration_apply(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DECLARE v_table, v_target, v_day, v_key, v_db, v_kind, v_mode VARCHAR(64);
	DECLARE v_left, v_ok, v_new, v_changes, v_rejects, v_rejects_was, v_gone BIGINT DEFAULT 0;
	DECLARE v_error VARCHAR(500);
	DECLARE v_moves BOOLEAN;
	SELECT r.source_table, r.target, r.day_col, r.key_col, r.key_kind, r.mode, u.source_db INTO v_table, v_target, v_day, v_key, v_kind, v_mode, v_db FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	CALL migration_keys_for(p_rule);
	SET SESSION sql_mode = '';
	IF v_kind = 'bin' THEN
		INSERT IGNORE INTO mig_keys SELECT UNHEX(k) FROM mig_due WHERE tab = v_table;
	ELSE
		INSERT IGNORE INTO mig_keys SELECT k FROM mig_due WHERE tab = v_table;
	END IF;
	-- Of rows that become one row the last wins: a new row that is behind all others needs none of them.
	SET v_moves = EXISTS (SELECT 1 FROM mig_log WHERE tab = v_table AND (op <> 'I' OR v_kind <> 'num' OR CAST(k AS SIGNED) <= COALESCE((SELECT CAST(r.last_key AS SIGNED) FROM migration_rules r WHERE r.rule = p_rule), 0)));
	CREATE OR REPLACE TEMPORARY TABLE mig_sibs (sib VARCHAR(400) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY);
	INSERT IGNORE INTO mig_sibs SELECT sib FROM mig_log WHERE tab = v_table AND op IN ('M', 'D') AND sib IS NOT NULL;
	IF p_rule = 'instances' THEN
		CALL migration_choose_primaries(TRUE);
	END IF;
	CALL migration_raw_of_keys(p_rule, v_moves);
	DELETE k FROM mig_raw r STRAIGHT_JOIN mig_keys k ON k.k = r.mig_key;
	DROP TEMPORARY TABLE IF EXISTS mig_gone;
	ALTER TABLE mig_keys RENAME TO mig_gone;
	SELECT COUNT(*) INTO v_gone FROM mig_gone;
	CALL migration_leave(v_ok, v_left);
	SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
	CALL migration_make_room(p_rule, v_target, v_day);
	SET v_moves = EXISTS (SELECT 1 FROM mig_log WHERE tab = v_table AND op = 'M');
	SET @migration_is_old = v_moves;
	START TRANSACTION;
	SELECT COUNT(*) INTO v_rejects_was FROM migration_rejects WHERE rule = p_rule;
	CREATE OR REPLACE TEMPORARY TABLE mig_let_go (PRIMARY KEY (k)) AS SELECT DISTINCT x.k FROM mig_due d JOIN migration_taken x ON x.rule = p_rule AND x.source_key = d.k WHERE d.tab = v_table;
	DELETE x FROM mig_due d JOIN migration_taken x ON x.rule = p_rule AND x.source_key = d.k WHERE d.tab = v_table;
	IF v_ok > 0 THEN
		CALL migration_take_and_tell(p_rule, v_new, v_changes, v_error, v_rejects_was);
	END IF;
	-- What yielded to a key that nobody has any more.
	INSERT INTO migration_changes (tab, k, op) SELECT r.source_table, x.source_key, 'C' FROM mig_let_go g JOIN migration_rules r ON r.yields_to = p_rule AND r.state <> 'absent' JOIN migration_taken x ON x.rule = r.rule AND x.k = g.k
	WHERE NOT EXISTS (SELECT 1 FROM migration_taken y WHERE y.rule = p_rule AND y.k = g.k);
	IF v_gone > 0 THEN
		CALL migration_apply_gone(p_rule, v_target, v_key);
	END IF;
	SELECT COUNT(*) INTO v_rejects FROM migration_rejects WHERE rule = p_rule;
	UPDATE migration_rules SET rows_read = rows_read + v_new + v_rejects - v_rejects_was, rows_migrated = rows_migrated + v_new, rows_changed = rows_changed + v_changes WHERE rule = p_rule;
	COMMIT;
	IF v_moves THEN
		CALL migration_drop_moved();
	END IF;
END //

-- Keys that the source has no longer (mig_gone).
CREATE OR REPLACE PROCEDURE migration_apply_gone(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_target VARCHAR(64), p_key VARCHAR(64))
MODIFIES SQL DATA
BEGIN
	DELETE x FROM migration_rejects x JOIN mig_gone g ON x.source_key = CAST(g.k AS CHAR(255)) COLLATE utf8mb4_bin WHERE x.rule = p_rule;
	DELETE x FROM migration_notes x JOIN mig_gone g ON x.source_key = CAST(g.k AS CHAR(255)) COLLATE utf8mb4_bin WHERE x.rule = p_rule;
	IF p_key = 'id' AND p_target IN ('clients', 'users', 'agents', 'instances', 'replica_instances', 'commands', 'ml_models') THEN
		CALL migration_ids_for(p_target);
		SET SESSION sql_mode = '';
		SET @migration_sql = CONCAT('INSERT IGNORE INTO mig_ids SELECT ', migration_id_sql(p_target, p_rule, IF(p_target = 'instances', 'CONVERT(g.k USING ascii) COLLATE ascii_bin', 'CONVERT(g.k USING utf8mb4) COLLATE utf8mb4_general_ci'), 'g.k'), ' FROM mig_gone g');
		EXECUTE IMMEDIATE @migration_sql;
		SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
		CALL migration_end_gone(p_target, 'EXISTS (SELECT 1 FROM mig_ids i WHERE i.id = t.id)', FALSE);
	END IF;
END //

-- Whether the counts, and which pools' newest price, are not those of the rows any more: a migration's session counts nothing
-- by the row.
CREATE OR REPLACE PROCEDURE migration_mark_stale()
MODIFIES SQL DATA
BEGIN
	CREATE TEMPORARY TABLE IF NOT EXISTS mig_stale_pools (pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY);
	SET @migration_stale = COALESCE(@migration_stale, FALSE) OR EXISTS (SELECT 1 FROM mig_due d JOIN migration_rules r ON r.source_table = d.tab WHERE r.target IN ('clients', 'agents', 'instances') AND r.mode <> 'pools');
	FOR r IN (SELECT source_table AS tab, key_col AS k, key_kind AS kind FROM migration_rules WHERE target = 'spot_price_snapshots' AND state <> 'absent') DO
		SET @migration_sql = CONCAT('INSERT IGNORE INTO mig_stale_pools SELECT DISTINCT LEFT(CONVERT(s.pool_id USING ascii), 100) FROM (SELECT ', IF(r.kind = 'num', 'CAST(k AS UNSIGNED)', 'k'), ' AS k FROM mig_due WHERE tab = ', QUOTE(r.tab), ') d STRAIGHT_JOIN ', migration_quote((SELECT source_db FROM migration_run)), '.', migration_quote(r.tab), ' s ON s.', migration_quote(r.k), ' = d.k WHERE s.pool_id IS NOT NULL');
		EXECUTE IMMEDIATE @migration_sql;
	END FOR;
END //

-- And made so again.
CREATE OR REPLACE PROCEDURE migration_refresh()
MODIFIES SQL DATA
BEGIN
	CREATE TEMPORARY TABLE IF NOT EXISTS mig_stale_pools (pool_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY);
	IF @migration_stale THEN
		CALL instance_counts_recount();
		SET @migration_stale = FALSE;
	END IF;
	UPDATE mig_stale_pools m JOIN spot_pools p ON p.id = m.pool_id SET p.last_price_at = (SELECT MAX(s.observed_at) FROM spot_price_snapshots s WHERE s.pool_id = p.id);
	UPDATE mig_stale_pools m JOIN spot_pools p ON p.id = m.pool_id SET p.last_price = (SELECT s.price FROM spot_price_snapshots s WHERE s.pool_id = p.id AND s.observed_at = p.last_price_at LIMIT 1);
	DELETE FROM mig_stale_pools;
END //

-- The next rows of the log. Row: how many were read, how many wait, how old the oldest of them is, and whether some wait
-- that follow from what was taken over.
CREATE OR REPLACE PROCEDURE migration_follow_step(p_rows INT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_n BIGINT;
	DECLARE v_db VARCHAR(64);
	DECLARE v_at TIMESTAMP(3);
	DECLARE EXIT HANDLER FOR SQLEXCEPTION
	BEGIN
		ROLLBACK;
		RESIGNAL;
	END;
	SELECT source_db INTO v_db FROM migration_run;
	CREATE OR REPLACE TEMPORARY TABLE mig_log (PRIMARY KEY (id), KEY (tab, op)) AS SELECT id, tab, k, op, sib FROM migration_changes ORDER BY id LIMIT p_rows;
	SELECT COUNT(*) INTO v_n FROM mig_log;
	IF v_n > 0 THEN
		CALL migration_dependents(v_db);
		FOR r IN (SELECT rule FROM migration_rules WHERE state <> 'absent' AND mode <> 'pools' AND source_table IN (SELECT DISTINCT tab FROM mig_due) ORDER BY ord) DO
			CALL migration_apply(r.rule);
		END FOR;
		CALL migration_mark_stale();
		START TRANSACTION;
		DELETE c FROM mig_log l STRAIGHT_JOIN migration_changes c ON c.id = l.id;
		SET SESSION sql_mode = '';
		-- Keys that are numbers have their range, others only their table's; what lies behind the last range is none's.
		UPDATE migration_ranges g JOIN migration_rules r ON r.rule = g.rule AND r.key_kind <> 'num' JOIN (SELECT DISTINCT tab FROM mig_log) l ON l.tab = r.source_table SET g.is_changed = TRUE WHERE NOT g.is_changed;
		UPDATE migration_ranges g JOIN migration_rules r ON r.rule = g.rule AND r.key_kind = 'num' SET g.is_changed = TRUE
		WHERE NOT g.is_changed AND EXISTS (SELECT 1 FROM mig_log l WHERE l.tab = r.source_table AND CAST(l.k AS SIGNED) <= CAST(g.hi AS SIGNED) AND (g.lo IS NULL OR CAST(l.k AS SIGNED) > CAST(g.lo AS SIGNED)));
		SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
		COMMIT;
	END IF;
	SELECT MIN(at) INTO v_at FROM (SELECT at FROM migration_changes ORDER BY id LIMIT 1) x;
	SELECT v_n AS n, (SELECT COUNT(*) FROM (SELECT 1 FROM migration_changes LIMIT 100000) x) AS n_waiting, COALESCE(GREATEST(0, ROUND((UNIX_TIMESTAMP(SYSDATE(3)) - UNIX_TIMESTAMP(v_at)) * 1000)), 0) AS lag_ms,
		EXISTS (SELECT 1 FROM (SELECT op FROM migration_changes ORDER BY id DESC LIMIT 100000) x WHERE x.op = 'C') AS has_children;
END //

DELIMITER ;
