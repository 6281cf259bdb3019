-- --follow: the change log. Triggers in the source write (table, key) of each change into migration_changes, in the
-- transaction of the change; nothing else is written into the source but these triggers. They belong to an account
-- of their own (spotop_migration_DATABASE), locked, that may do nothing but that: TRIGGER and SELECT on the source,
-- INSERT here. ON DELETE CASCADE and SET NULL fire no triggers, so a parent logs its children before it is deleted. A
-- trigger that cannot log lets the old writer go on, and says so in migration_broken; the account must not be dropped
-- while its triggers live (the server would refuse the writers), so --clean takes the triggers first.

DELIMITER //

CREATE OR REPLACE FUNCTION migration_owner() RETURNS VARCHAR(80)
DETERMINISTIC
RETURN LEFT(CONCAT('spotop_migration_', DATABASE()), 80) //

CREATE OR REPLACE FUNCTION migration_quote(p_name VARCHAR(64)) RETURNS VARCHAR(140)
DETERMINISTIC
RETURN CONCAT('`', REPLACE(p_name, '`', '``'), '`') //

-- The statements that an administrator's login runs for the owner; they are what the README names.
CREATE OR REPLACE PROCEDURE migration_make_owner()
MODIFIES SQL DATA
BEGIN
	DECLARE v_owner VARCHAR(200) DEFAULT CONCAT(migration_quote(migration_owner()), '@localhost');
	DECLARE v_here VARCHAR(140) DEFAULT migration_quote(DATABASE());
	DECLARE v_source VARCHAR(200);
	DECLARE v_text VARCHAR(300);
	DECLARE EXIT HANDLER FOR 1044, 1045, 1142, 1227, 1410
	BEGIN
		SET v_text = CONCAT('triggers in ', (SELECT source_db FROM migration_run), ' need an owner: your login needs CREATE USER, SET USER and PROCESS, SELECT and TRIGGER on it and all rights on ', DATABASE(), ', both WITH GRANT OPTION');
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
	END;
	-- Which table is one that was emptied since, its engine's number alone says, and that takes PROCESS.
	DO (SELECT COUNT(*) FROM (SELECT 1 FROM information_schema.INNODB_SYS_TABLES LIMIT 1) x);
	SELECT REPLACE(REPLACE(migration_quote(source_db), '_', '\\_'), '%', '\\%') INTO v_source FROM migration_run;
	EXECUTE IMMEDIATE CONCAT('CREATE USER IF NOT EXISTS ', v_owner, ' IDENTIFIED VIA mysql_native_password USING ''invalid'' ACCOUNT LOCK');
	EXECUTE IMMEDIATE CONCAT('GRANT SELECT, TRIGGER ON ', v_source, '.* TO ', v_owner);
	EXECUTE IMMEDIATE CONCAT('GRANT INSERT ON ', v_here, '.migration_changes TO ', v_owner);
	EXECUTE IMMEDIATE CONCAT('GRANT INSERT ON ', v_here, '.migration_broken TO ', v_owner);
END //

-- What a trigger's body begins with. A deadlock or a lock waited for too long has undone the writer's own statement
-- too: that it must know. No variable is declared: the server would make a table of those at each call.
CREATE OR REPLACE FUNCTION migration_handler(p_tab VARCHAR(64)) RETURNS TEXT
DETERMINISTIC
RETURN CONCAT('BEGIN DECLARE EXIT HANDLER FOR 1205, 1213 RESIGNAL; DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; GET DIAGNOSTICS CONDITION 1 @spotop_not_logged = MESSAGE_TEXT; ',
	'INSERT INTO ', migration_quote(DATABASE()), '.migration_broken (tab, error) VALUES (', QUOTE(p_tab), ', LEFT(@spotop_not_logged, 300)); END; ') //

CREATE OR REPLACE FUNCTION migration_log_sql(p_tab VARCHAR(64), p_key TEXT, p_op TEXT, p_sib TEXT) RETURNS TEXT
DETERMINISTIC
RETURN CONCAT('INSERT INTO ', migration_quote(DATABASE()), '.migration_changes (tab, k, op, sib) VALUES (', QUOTE(p_tab), ', ', p_key, ', ', p_op, ', ', COALESCE(p_sib, 'NULL'), '); ') //

-- Whether one of the named columns that the table has was changed, as a condition; NULL when it has none of them. Texts to the
-- letter; other values as they are: a time made into text would cost the writer more than the row that is logged.
CREATE OR REPLACE FUNCTION migration_changed_sql(p_db VARCHAR(64), p_tab VARCHAR(64), p_names TEXT) RETURNS TEXT
READS SQL DATA
RETURN (SELECT GROUP_CONCAT(CONCAT('NOT (', IF(CHARACTER_SET_NAME IS NULL, '', 'BINARY '), 'OLD.', migration_quote(COLUMN_NAME), ' <=> ', IF(CHARACTER_SET_NAME IS NULL, '', 'BINARY '), 'NEW.', migration_quote(COLUMN_NAME), ')') ORDER BY CHARACTER_SET_NAME IS NOT NULL SEPARATOR ' OR ')
	FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = p_db AND TABLE_NAME = p_tab AND FIND_IN_SET(COLUMN_NAME, p_names)) //

-- What a parent logs before it is deleted: its children, and theirs, down to the fourth generation.
CREATE OR REPLACE FUNCTION migration_children_sql(p_db VARCHAR(64), p_tab VARCHAR(64)) RETURNS LONGTEXT
READS SQL DATA
BEGIN
	DECLARE v_out LONGTEXT DEFAULT '';
	FOR c IN (
		WITH RECURSIVE fk AS (
			SELECT r.REFERENCED_TABLE_NAME AS parent, r.TABLE_NAME AS child, CAST(GROUP_CONCAT(CONCAT('{c}.', migration_quote(k.COLUMN_NAME), ' = {p}.', migration_quote(k.REFERENCED_COLUMN_NAME)) SEPARATOR ' AND ') AS CHAR(2000)) AS cond
			FROM information_schema.REFERENTIAL_CONSTRAINTS r JOIN information_schema.KEY_COLUMN_USAGE k ON k.CONSTRAINT_SCHEMA = r.CONSTRAINT_SCHEMA AND k.CONSTRAINT_NAME = r.CONSTRAINT_NAME AND k.TABLE_NAME = r.TABLE_NAME
			WHERE r.CONSTRAINT_SCHEMA = p_db AND r.DELETE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT')
			GROUP BY r.TABLE_NAME, r.CONSTRAINT_NAME, r.REFERENCED_TABLE_NAME
		), down AS (
			SELECT child, 1 AS lvl, CAST(CONCAT(migration_quote(p_db), '.', migration_quote(child), ' c1 WHERE ', REPLACE(REPLACE(cond, '{c}', 'c1'), '{p}', 'OLD')) AS CHAR(6000)) AS tail FROM fk WHERE parent = p_tab
			UNION ALL
			SELECT f.child, d.lvl + 1, CONCAT(migration_quote(p_db), '.', migration_quote(f.child), ' c', d.lvl + 1, ' JOIN ', SUBSTRING_INDEX(d.tail, ' WHERE ', 1), ' ON ', REPLACE(REPLACE(f.cond, '{c}', CONCAT('c', d.lvl + 1)), '{p}', CONCAT('c', d.lvl)), ' WHERE ', SUBSTRING_INDEX(d.tail, ' WHERE ', -1))
			FROM down d JOIN fk f ON f.parent = d.child WHERE d.lvl < 4
		)
		SELECT d.tail, d.lvl, x.source_table, x.key_col, x.key_kind FROM down d JOIN (SELECT DISTINCT source_table, key_col, key_kind FROM migration_rules WHERE state <> 'absent' AND mode <> 'pools') x ON x.source_table = d.child) DO
		SET v_out = CONCAT(v_out, 'INSERT INTO ', migration_quote(DATABASE()), '.migration_changes (tab, k, op) SELECT ', QUOTE(c.source_table), ', ', IF(c.key_kind = 'bin', 'HEX(', ''), 'c', c.lvl, '.', migration_quote(c.key_col), IF(c.key_kind = 'bin', ')', ''), ', ''C'' FROM ', c.tail, '; ');
	END FOR;
	RETURN v_out;
END //

-- One trigger in the source; the writers' transactions in hand are waited for a moment at a time, lest they queue.
CREATE OR REPLACE PROCEDURE migration_make_trigger(p_kind VARCHAR(10), p_db VARCHAR(64), p_tab VARCHAR(64), p_when VARCHAR(20), p_body LONGTEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_name VARCHAR(64) DEFAULT LEFT(CONCAT('spotop_', p_kind, '_', LEFT(LOWER(SUBSTRING_INDEX(p_when, ' ', -1)), 1), '_', p_tab), 64);
	DECLARE v_tries INT DEFAULT 0;
	DECLARE v_done BOOLEAN DEFAULT FALSE;
	DECLARE v_text VARCHAR(400);
	WHILE NOT v_done DO
		BEGIN
			DECLARE EXIT HANDLER FOR 1205
			BEGIN
				SET v_tries = v_tries + 1;
				IF v_tries >= 60 THEN
					SET v_text = CONCAT('table ', p_tab, ' of ', p_db, ' is held by a transaction that does not end: no trigger could be made in 60 tries of a second');
					SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
				END IF;
				DO SLEEP(1);
			END;
			SET SESSION lock_wait_timeout = 1;
			SET @migration_sql = CONCAT('CREATE OR REPLACE DEFINER = ', migration_quote(migration_owner()), '@localhost TRIGGER ', migration_quote(p_db), '.', migration_quote(v_name), ' ', p_when, ' ON ', migration_quote(p_db), '.', migration_quote(p_tab), ' FOR EACH ROW ', p_body);
			EXECUTE IMMEDIATE @migration_sql;
			SET v_done = TRUE;
		END;
	END WHILE;
	SET SESSION lock_wait_timeout = 120;
	REPLACE INTO migration_triggers (name, kind, tab, made, body_md5, table_id, table_made)
	SELECT v_name, p_kind, p_tab, t.CREATED, MD5(t.ACTION_STATEMENT), (SELECT x.TABLE_ID FROM information_schema.INNODB_SYS_TABLES x WHERE x.NAME = CONCAT(p_db, '/', p_tab)), (SELECT x.CREATE_TIME FROM information_schema.TABLES x WHERE x.TABLE_SCHEMA = p_db AND x.TABLE_NAME = p_tab)
	FROM information_schema.TRIGGERS t WHERE t.TRIGGER_SCHEMA = p_db AND t.TRIGGER_NAME = v_name;
END //

-- All triggers of the log, and the state from which a pass makes it whole. Run again it makes them anew.
CREATE OR REPLACE PROCEDURE migration_log_make()
MODIFIES SQL DATA
BEGIN
	DECLARE v_db VARCHAR(64);
	SELECT source_db INTO v_db FROM migration_run;
	UPDATE migration_run SET log_state = 'making';
	CALL migration_make_owner();
	SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';
	FOR r IN (SELECT source_table AS tab, MIN(key_col) AS k, MIN(key_kind) AS kind, MAX(mode = 'last') AS is_last, MAX(target) AS target, SUBSTRING_INDEX(GROUP_CONCAT(sib ORDER BY ord SEPARATOR '\0'), '\0', 1) AS sib
		FROM migration_rules WHERE state <> 'absent' AND mode <> 'pools' GROUP BY source_table) DO
		BEGIN
			DECLARE v_old, v_new, v_op, v_was, v_changed TEXT;
			DECLARE v_begin TEXT DEFAULT migration_handler(r.tab);
			SET v_old = CONCAT(IF(r.kind = 'bin', 'HEX(', ''), 'OLD.', migration_quote(r.k), IF(r.kind = 'bin', ')', ''));
			SET v_new = REPLACE(v_old, 'OLD.', 'NEW.'), v_op = '''U''', v_was = NULL;
			IF r.sib IS NOT NULL THEN
				SET v_was = REPLACE(r.sib, 's.`', 'OLD.`');
				SET v_op = CONCAT('IF(', v_was, ' <=> ', REPLACE(r.sib, 's.`', 'NEW.`'), ', ''U'', ''M'')');
			ELSEIF r.target IN ('clients', 'users', 'agents', 'instances') THEN
				SET v_op = CONCAT('CASE ', COALESCE(CONCAT('WHEN ', migration_changed_sql(v_db, r.tab, IF(r.target = 'agents', 'client_id', '')), ' THEN ''O'' '), ''),
					COALESCE(CONCAT('WHEN ', migration_changed_sql(v_db, r.tab, CASE r.target WHEN 'agents' THEN 'logical_agent_id,name' WHEN 'instances' THEN '' ELSE 'email,client_token' END), ' THEN ''N'' '), ''),
					COALESCE(CONCAT('WHEN ', migration_changed_sql(v_db, r.tab, CASE r.target WHEN 'agents' THEN 'instance_id' WHEN 'instances' THEN 'agent_id,client_id,instance_status,status,state,is_primary,is_active,terminated_at,last_failover_at,launch_confirmed_at,installed_at,created_at' ELSE '' END), ' THEN ''P'' '), ''), 'ELSE ''U'' END');
				IF v_op NOT LIKE '%WHEN%' THEN SET v_op = '''U'''; END IF;
			END IF;
			CALL migration_make_trigger('log', v_db, r.tab, 'AFTER INSERT', CONCAT(v_begin, migration_log_sql(r.tab, v_new, '''I''', NULL), 'END'));
			CALL migration_make_trigger('log', v_db, r.tab, 'AFTER UPDATE', CONCAT(v_begin, IF(r.kind = 'num', CONCAT('IF ', v_old, ' <=> ', v_new), CONCAT('IF BINARY ', v_old, ' <=> BINARY ', v_new)), ' THEN ', migration_log_sql(r.tab, v_new, v_op, v_was), 'ELSE ',
				migration_log_sql(r.tab, v_old, '''D''', v_was), migration_log_sql(r.tab, v_new, '''I''', NULL),
				IF(migration_children_sql(v_db, r.tab) = '', '', CONCAT('INSERT INTO ', migration_quote(DATABASE()), '.migration_broken (tab, error) VALUES (', QUOTE(r.tab), ', ''a key that others refer to was changed''); ')), 'END IF; END'));
			CALL migration_make_trigger('log', v_db, r.tab, 'BEFORE DELETE', CONCAT(v_begin, migration_log_sql(r.tab, v_old, '''D''', v_was), migration_children_sql(v_db, r.tab), 'END'));
		END;
	END FOR;
	DELETE FROM migration_broken;
	UPDATE migration_run SET log_state = 'open', log_since = CURRENT_TIMESTAMP(3), log_from_start = (SELECT COALESCE(SUM(rows_read), 0) = 0 FROM migration_rules);
END //

-- Why the log cannot be relied upon, or NULL.
CREATE OR REPLACE FUNCTION migration_log_fault() RETURNS VARCHAR(400)
READS SQL DATA
BEGIN
	DECLARE v_db VARCHAR(64) DEFAULT (SELECT source_db FROM migration_run);
	RETURN COALESCE(
		(SELECT CONCAT('a change of table ', tab, ' could not be logged at ', at, ': ', error) FROM migration_broken ORDER BY id LIMIT 1),
		(SELECT CONCAT('trigger ', m.name, ' on ', v_db, '.', m.tab, ' is not the one that was made') FROM migration_triggers m
			LEFT JOIN information_schema.TRIGGERS t ON t.TRIGGER_SCHEMA = v_db AND t.TRIGGER_NAME = m.name
			WHERE m.kind = 'log' AND NOT (t.CREATED <=> m.made AND MD5(t.ACTION_STATEMENT) <=> m.body_md5 AND SUBSTRING_INDEX(t.DEFINER, '@', 1) <=> migration_owner()) LIMIT 1),
		(SELECT CONCAT('table ', m.tab, ' of ', v_db, ' was emptied, built anew or altered since the log began') FROM migration_triggers m
			LEFT JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = v_db AND t.TABLE_NAME = m.tab
			LEFT JOIN information_schema.INNODB_SYS_TABLES i ON i.NAME = CONCAT(v_db, '/', m.tab)
			WHERE m.kind = 'log' AND NOT (t.CREATE_TIME <=> m.table_made AND i.TABLE_ID <=> m.table_id) LIMIT 1),
		(SELECT 'its triggers are gone' FROM migration_run WHERE log_state <> 'none' AND NOT EXISTS (SELECT 1 FROM migration_triggers WHERE kind = 'log')));
END //

-- --fence: whoever writes to the source is refused by it, and told why.
CREATE OR REPLACE PROCEDURE migration_fence()
MODIFIES SQL DATA
BEGIN
	DECLARE v_db VARCHAR(64);
	DECLARE v_body TEXT;
	SELECT source_db INTO v_db FROM migration_run;
	CALL migration_make_owner();
	SET v_body = CONCAT('IF @spotop_migration_back IS NULL THEN SIGNAL SQLSTATE ''45000'' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = ', QUOTE(LEFT(CONCAT('this database was migrated to ', DATABASE(), ' and takes no writes (spotop db migrate --unfence lets them in again)'), 120)), '; END IF');
	UPDATE migration_run SET is_fenced = TRUE, fenced_at = COALESCE(fenced_at, CURRENT_TIMESTAMP(3));
	FOR t IN (SELECT x.TABLE_NAME AS tab FROM information_schema.TABLES x WHERE x.TABLE_SCHEMA = v_db AND x.TABLE_TYPE = 'BASE TABLE' ORDER BY (SELECT MIN(r.ord) FROM migration_rules r WHERE r.source_table = x.TABLE_NAME AND r.state <> 'absent') IS NULL, x.TABLE_NAME) DO
		CALL migration_make_trigger('fence', v_db, t.tab, 'BEFORE INSERT', v_body);
		CALL migration_make_trigger('fence', v_db, t.tab, 'BEFORE UPDATE', v_body);
		CALL migration_make_trigger('fence', v_db, t.tab, 'BEFORE DELETE', v_body);
	END FOR;
END //

-- The triggers of one kind taken out of the source; those of the way back, out of here.
CREATE OR REPLACE PROCEDURE migration_drop_triggers(p_kind VARCHAR(10))
MODIFIES SQL DATA
BEGIN
	DECLARE v_db VARCHAR(64) DEFAULT IF(p_kind = 'back', DATABASE(), (SELECT source_db FROM migration_run));
	FOR t IN (SELECT TRIGGER_NAME AS name FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = v_db AND TRIGGER_NAME LIKE CONCAT('spotop\\_', p_kind, '\\_%') AND SUBSTRING_INDEX(DEFINER, '@', 1) = migration_owner()) DO
		SET @migration_sql = CONCAT('DROP TRIGGER IF EXISTS ', migration_quote(v_db), '.', migration_quote(t.name));
		EXECUTE IMMEDIATE @migration_sql;
	END FOR;
	DELETE FROM migration_triggers WHERE kind = p_kind;
	IF p_kind = 'log' THEN
		UPDATE migration_run SET log_state = 'none', log_since = NULL;
		DELETE FROM migration_changes;
		DELETE FROM migration_broken;
	ELSEIF p_kind = 'fence' THEN
		UPDATE migration_run SET is_fenced = FALSE, fenced_at = NULL;
	END IF;
END //

-- What crosses into the source, away with it: the triggers, then their owner, unless another database still has triggers of his.
CREATE OR REPLACE PROCEDURE migration_drop_owned()
MODIFIES SQL DATA
BEGIN
	CALL migration_drop_triggers('log');
	CALL migration_drop_triggers('fence');
	CALL migration_drop_triggers('back');
	IF NOT EXISTS (SELECT 1 FROM information_schema.TRIGGERS WHERE SUBSTRING_INDEX(DEFINER, '@', 1) = migration_owner()) THEN
		SET @migration_sql = CONCAT('DROP USER IF EXISTS ', migration_quote(migration_owner()), '@localhost');
		EXECUTE IMMEDIATE @migration_sql;
	END IF;
END //

DELIMITER ;
