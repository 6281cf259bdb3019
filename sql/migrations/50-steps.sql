-- The move itself: begun, taken on by one batch at a time, ended. A batch is read outside of the
-- transaction (READ COMMITTED: the source's writers wait for nothing), then rejects, notes, rows and
-- the checkpoint are written in one. A batch that fails as a whole is done again in
-- parts, and the row that cannot be kept is rejected with the server's words.

DELIMITER //

-- The session of a move: no counting, no stream events; references are checked here, row by row.
CREATE OR REPLACE PROCEDURE migration_session()
MODIFIES SQL DATA
BEGIN
	SET SESSION foreign_key_checks = 0, group_concat_max_len = 16777216, lock_wait_timeout = 120;
	CALL bulk_begin();
	SELECT since, COALESCE(raw_since, since), tokens_are_hashed INTO @migration_since, @migration_raw_since, @migration_hashed FROM migration_run;
END //

-- Which version a database in the field is of, by what is in it.
CREATE OR REPLACE FUNCTION migration_guess(p_db VARCHAR(64)) RETURNS VARCHAR(20)
READS SQL DATA
RETURN (SELECT CASE
		WHEN SUM(TABLE_NAME = 'clients') + SUM(TABLE_NAME = 'agents') < 2 THEN ''
		WHEN SUM(TABLE_NAME = 'sse_events') THEN '7.0'
		WHEN SUM(TABLE_NAME IN ('pricing_consolidated', 'pricing_canonical')) THEN '6.0'
		WHEN SUM(TABLE_NAME IN ('pricing_snapshots_clean', 'pricing_submissions_raw', 'decision_engine_log')) THEN '5.1'
		ELSE '6.0' END
	FROM information_schema.TABLES WHERE TABLE_SCHEMA = p_db AND TABLE_TYPE = 'BASE TABLE') //

-- Begins, goes on, or starts another pass over what was moved. p_kind: '' (what is due), 'final', 'sample';
-- 'log': no pass, only the session for what the change log says.
CREATE OR REPLACE PROCEDURE migration_begin(p_db VARCHAR(64), p_since_days INT, p_raw_days INT, p_hashed BOOLEAN, p_kind VARCHAR(10), p_again BOOLEAN)
MODIFIES SQL DATA
BEGIN
	DECLARE v_text VARCHAR(300);
	DECLARE v_source VARCHAR(64);
	DECLARE v_open INT;
	SELECT source_db INTO v_source FROM migration_run;
	IF v_source IS NULL THEN
		SELECT COUNT(*) INTO v_open FROM clients;
		IF v_open > 0 THEN
			SET v_text = CONCAT('database ', DATABASE(), ' holds a fleet that was not moved there: choose a new one with -D');
			SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
		END IF;
		INSERT INTO migration_run (source_db, source_version, since, raw_since, tokens_are_hashed, pass_kind, pass_started_at)
		VALUES (p_db, migration_guess(p_db), CURRENT_TIMESTAMP - INTERVAL p_since_days DAY, CURRENT_TIMESTAMP - INTERVAL LEAST(p_since_days, p_raw_days) DAY, p_hashed, IF(p_kind = 'sample', 'sample', 'copy'), CURRENT_TIMESTAMP);
	ELSEIF v_source <> p_db THEN
		SET v_text = CONCAT('database ', DATABASE(), ' is being moved from ', v_source, ', not from ', p_db);
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
	ELSEIF (SELECT back_state <> 'none' FROM migration_run) THEN
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'the old database is kept current from this one: --back --final turns back, --clean ends the way back; nothing can be taken over before that';
	ELSEIF (SELECT is_done FROM migration_run) AND NOT p_again THEN
		-- What has been written here since would be put back to what the source says.
		SET v_text = CONCAT('database ', DATABASE(), ' had its last pass and may be in use: a further one would undo what was written since (--again does it)');
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
	END IF;
	CALL migration_session();
	CALL migration_say_copy(NULL);
	IF p_kind <> 'log' THEN
		CALL migration_begin_pass(p_db, p_kind);
	END IF;
END //

CREATE OR REPLACE PROCEDURE migration_begin_pass(p_db VARCHAR(64), p_kind VARCHAR(10))
MODIFIES SQL DATA
BEGIN
	DECLARE v_open INT;
	CALL migration_find(p_db);
	SELECT COUNT(*) INTO v_open FROM migration_rules WHERE state IN ('waiting', 'copying');
	-- All is there: look what has changed since. A final pass asked for starts anew over an open
	-- one: what that has been over may have changed since.
	START TRANSACTION;
	IF (SELECT watermark IS NOT NULL AND (v_open = 0 OR p_kind = 'final') FROM migration_run) THEN
		UPDATE migration_run SET pass = pass + 1, pass_kind = IF(p_kind = 'final', 'final', 'quick'), pass_started_at = CURRENT_TIMESTAMP;
		UPDATE migration_rules SET state = 'waiting', cursor_key = NULL, pass_read = 0 WHERE state <> 'absent';
		IF p_kind = 'final' THEN
			DELETE FROM migration_taken;
		END IF;
	END IF;
	COMMIT;
	FOR r IN (SELECT rule FROM migration_rules WHERE state <> 'absent' AND mode <> 'pools' ORDER BY ord) DO
		CALL migration_compile(r.rule);
	END FOR;
	IF p_kind = 'sample' THEN
		CALL migration_census();
	END IF;
END //

-- Which of the rules' tables the source has, and by what they are gone through.
CREATE OR REPLACE PROCEDURE migration_find(p_db VARCHAR(64))
MODIFIES SQL DATA
BEGIN
	-- The dictionary is read once: each look into it opens every table of the source.
	CREATE OR REPLACE TEMPORARY TABLE mig_tables AS SELECT TABLE_NAME, TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH AS bytes FROM information_schema.TABLES
	WHERE TABLE_SCHEMA = p_db AND TABLE_TYPE = 'BASE TABLE';
	CREATE OR REPLACE TEMPORARY TABLE mig_columns AS SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, IS_NULLABLE, EXTRA FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = p_db;
	CREATE OR REPLACE TEMPORARY TABLE mig_uniques AS SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME FROM information_schema.STATISTICS
	WHERE TABLE_SCHEMA = p_db AND SEQ_IN_INDEX = 1 AND NON_UNIQUE = 0;
	FOR r IN (SELECT rule, names, mode FROM migration_rules) DO
		BEGIN
			DECLARE v_table, v_key, v_changed, v_type VARCHAR(64);
			DECLARE v_rows, v_bytes BIGINT UNSIGNED;
			DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
			SELECT TABLE_NAME, TABLE_ROWS, bytes INTO v_table, v_rows, v_bytes FROM mig_tables
			WHERE FIND_IN_SET(TABLE_NAME, REPLACE(r.names, '|', ',')) ORDER BY FIND_IN_SET(TABLE_NAME, REPLACE(r.names, '|', ',')) LIMIT 1;
			SELECT s.COLUMN_NAME, c.DATA_TYPE INTO v_key, v_type FROM mig_uniques s JOIN mig_columns c ON c.TABLE_NAME = s.TABLE_NAME AND c.COLUMN_NAME = s.COLUMN_NAME
			WHERE s.TABLE_NAME = v_table AND c.IS_NULLABLE = 'NO' ORDER BY s.INDEX_NAME = 'PRIMARY' DESC, s.INDEX_NAME LIMIT 1;
			SELECT COLUMN_NAME INTO v_changed FROM mig_columns WHERE TABLE_NAME = v_table AND COLUMN_NAME = 'updated_at' AND EXTRA LIKE '%on update%';
			UPDATE migration_rules SET source_table = v_table, source_rows = COALESCE(IF(state = 'absent', NULL, source_rows), v_rows), source_bytes = v_bytes, key_col = v_key, changed_col = v_changed,
				key_kind = CASE WHEN v_type IN ('tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal') THEN 'num' WHEN v_type LIKE '%binary' THEN 'bin' ELSE 'text' END,
				state = IF(v_table IS NULL OR (v_key IS NULL AND r.mode <> 'pools'), 'absent', IF(state = 'absent', 'waiting', state))
			WHERE rule = r.rule;
		END;
	END FOR;
END //

-- For a dry run: the rows of each table counted, and every word that stands for a state, with what it
-- becomes, over the whole table and not only the sample.
CREATE OR REPLACE PROCEDURE migration_census()
MODIFIES SQL DATA
BEGIN
	DECLARE v_db VARCHAR(64);
	DECLARE v_ref TEXT;
	SELECT source_db INTO v_db FROM migration_run;
	CREATE OR REPLACE TABLE migration_census_of (rule VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, col VARCHAR(64) NOT NULL, value VARCHAR(100), n BIGINT, mapped VARCHAR(64), KEY (rule)) ENGINE=InnoDB;
	FOR r IN (SELECT rule, source_table AS t FROM migration_rules WHERE state <> 'absent' AND mode <> 'pools') DO
		EXECUTE IMMEDIATE CONCAT('SELECT COUNT(*) INTO @migration_n FROM `', REPLACE(v_db, '`', '``'), '`.`', REPLACE(r.t, '`', '``'), '`');
		UPDATE migration_rules SET source_rows = @migration_n WHERE rule = r.rule;
	END FOR;
	FOR c IN (SELECT r.rule, r.source_table AS t, r.target, m.col, CASE WHEN m.expr REGEXP '^[{][a-z_|]+[}]$' THEN m.expr WHEN r.joins LIKE CONCAT('%''', r.target, '.', m.col, '''%') THEN REGEXP_SUBSTR(r.joins, '[{][a-z_|]+(?=[}][)][)])') END AS e
		FROM migration_rules r JOIN migration_columns m ON m.rule = r.rule JOIN information_schema.COLUMNS i ON i.TABLE_SCHEMA = DATABASE() AND i.TABLE_NAME = r.target AND i.COLUMN_NAME = m.col AND i.DATA_TYPE = 'enum'
		WHERE r.state <> 'absent' AND r.mode <> 'pools') DO
		SET v_ref = migration_expand(IF(c.e LIKE '%}', c.e, CONCAT(c.e, '}')), v_db, c.t);
		IF v_ref IS NOT NULL AND v_ref <> 'NULL' THEN
			EXECUTE IMMEDIATE CONCAT('INSERT INTO migration_census_of SELECT ''', c.rule, ''', ''', c.col, ''', LEFT(x.v, 100), x.n, m.mapped FROM (SELECT ', v_ref, ' AS v, COUNT(*) AS n FROM `', REPLACE(v_db, '`', '``'), '`.`', REPLACE(c.t, '`', '``'),
				'` s GROUP BY 1) x LEFT JOIN migration_states m ON m.domain = ''', c.target, '.', c.col, ''' AND m.value = LOWER(TRIM(x.v))');
		END IF;
	END FOR;
END //

-- Who is the primary of each agent: of those that claim it, the one its agent names, else the one that
-- became so last. Those of ours that are no longer it step back first, so that no two ever are. p_some: only of
-- the agents in mig_agents, whose instances stand in mig_keys.
CREATE OR REPLACE PROCEDURE migration_choose_primaries(p_some BOOLEAN)
MODIFIES SQL DATA
BEGIN
	DECLARE v_db, v_table, v_key VARCHAR(64);
	DECLARE v_sql TEXT;
	SELECT u.source_db, r.source_table, r.key_col INTO v_db, v_table, v_key FROM migration_run u JOIN migration_rules r WHERE r.rule = 'instances';
	START TRANSACTION;
	IF p_some THEN
		DELETE p FROM migration_primaries p JOIN mig_agents g ON g.id = p.agent_id;
	ELSE
		DELETE FROM migration_primaries;
	END IF;
	SET SESSION sql_mode = '';
	SET v_sql = REPLACE(CONCAT('INSERT INTO migration_primaries (agent_id, instance_id) SELECT a.id, SUBSTRING_INDEX(GROUP_CONCAT(',
		migration_expand(CONCAT('{id} ORDER BY ({id} <=> a.instance_id) DESC, COALESCE({last_failover_at}, {launch_confirmed_at}, {installed_at}, {created_at}) DESC, {id} DESC SEPARATOR ''\n''), ''\n'', 1)
			FROM ', IF(p_some, 'mig_keys mk STRAIGHT_JOIN ', ''), '@src.THE_TABLE s JOIN agents a ON a.id = CAST({uuid agents agent_id} AS UUID)', IF(p_some, ' JOIN mig_agents g ON g.id = a.id', ''), '
			LEFT JOIN migration_states st ON st.domain = ''instances.instance_status'' AND st.value = LOWER(TRIM({instance_status|status|state}))
			WHERE ', IF(p_some, CONCAT('s.`', REPLACE(v_key, '`', '``'), '` = mk.k AND '), ''), 'COALESCE({is_active}, {terminated_at} IS NULL) AND CHAR_LENGTH({id}) <= 20 AND LENGTH({id}) = CHAR_LENGTH({id}) AND NOT COALESCE(a.client_id <> CAST({uuid clients client_id} AS UUID), FALSE)
			  AND (st.mapped IN (''running_primary'', ''promoting'') OR ({is_primary} AND (st.mapped IN (''running'', ''running_replica'') OR st.mapped IS NULL))
				OR (st.mapped = ''running'' AND {id} = a.instance_id))
			GROUP BY a.id'), v_db, v_table)), 'THE_TABLE', CONCAT('`', REPLACE(v_table, '`', '``'), '`'));
	EXECUTE IMMEDIATE v_sql;
	SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
	-- On the way back it is this database that says who is.
	IF COALESCE(@migration_is_back, FALSE) THEN
		DO 0;
	ELSEIF p_some THEN
		UPDATE instances t JOIN mig_agents g ON g.id = t.agent_id LEFT JOIN migration_primaries p ON p.agent_id = t.agent_id
		SET t.is_primary = FALSE, t.instance_status = 'zombie'
		WHERE t.is_primary AND NOT (p.instance_id <=> t.id);
	ELSE
		UPDATE instances t LEFT JOIN migration_primaries p ON p.agent_id = t.agent_id
		SET t.is_primary = FALSE, t.instance_status = 'zombie'
		WHERE t.is_primary AND NOT (p.instance_id <=> t.id);
	END IF;
	COMMIT;
END //

-- The pools of mig_pools that are not here.
CREATE OR REPLACE PROCEDURE migration_add_pools()
MODIFIES SQL DATA
BEGIN
	START TRANSACTION;
	INSERT IGNORE INTO migration_notes (rule, source_table, source_key, col, value, done)
	SELECT 'pools_named', SUBSTRING_INDEX(m.by_whom, '.', 1), m.id, 'id', m.id, CONCAT('named by ', m.by_whom, ', in no table of pools: made from its name')
	FROM mig_pools m WHERE NOT EXISTS (SELECT 1 FROM spot_pools p WHERE p.id = m.id);
	INSERT INTO spot_pools (id, pool_name, instance_type, region, az)
	SELECT m.id, CONCAT(SUBSTRING_INDEX(m.id, '.', 2), ' ', SUBSTRING_INDEX(m.id, '.', -1)), SUBSTRING_INDEX(m.id, '.', 2),
		LEFT(SUBSTRING_INDEX(m.id, '.', -1), CHAR_LENGTH(SUBSTRING_INDEX(m.id, '.', -1)) - 1), SUBSTRING_INDEX(m.id, '.', -1)
	FROM mig_pools m WHERE NOT EXISTS (SELECT 1 FROM spot_pools p WHERE p.id = m.id);
	UPDATE migration_rules SET rows_moved = (SELECT COUNT(*) FROM migration_notes WHERE rule = 'pools_named'), rows_read = rows_moved, source_rows = rows_moved,
		state = 'copied' WHERE rule = 'pools_named';
	COMMIT;
END //

-- Pools that rows speak of and that stand in no table of pools: made from their names where these are
-- of the form type.zone. On a quick pass only those that agents and instances are in.
CREATE OR REPLACE PROCEDURE migration_name_pools()
MODIFIES SQL DATA
BEGIN
	DECLARE v_db VARCHAR(64);
	DECLARE v_kind VARCHAR(10);
	SELECT source_db, pass_kind INTO v_db, v_kind FROM migration_run;
	CREATE OR REPLACE TEMPORARY TABLE mig_pools (id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY, by_whom VARCHAR(140));
	FOR c IN (SELECT i.TABLE_NAME AS t, i.COLUMN_NAME AS c FROM information_schema.COLUMNS i JOIN information_schema.TABLES x ON x.TABLE_SCHEMA = i.TABLE_SCHEMA AND x.TABLE_NAME = i.TABLE_NAME AND x.TABLE_TYPE = 'BASE TABLE'
		WHERE i.TABLE_SCHEMA = v_db AND i.COLUMN_NAME IN ('current_pool_id', 'fastest_boot_pool_id', 'pool_id') AND i.TABLE_NAME IN ('agents', 'instances', 'replica_instances',
			'spot_price_snapshots', 'spot_price_staging', 'spot_prices', 'pricing_submissions_raw', 'pricing_consolidated', 'pricing_snapshots_clean', 'pricing_canonical')
		  AND (v_kind <> 'quick' OR i.TABLE_NAME IN ('agents', 'instances'))) DO
		EXECUTE IMMEDIATE CONCAT('INSERT IGNORE INTO mig_pools SELECT DISTINCT CONVERT(s.`', c.c, '` USING ascii), ''', c.t, '.', c.c, ''' FROM `', REPLACE(v_db, '`', '``'), '`.`', c.t,
			'` s WHERE s.`', c.c, '` REGEXP ''^[a-z][a-z0-9-]*[.][a-z0-9-]+[.][a-z]{2}(-[a-z]+)+-[0-9]+[a-z]$'' AND CHAR_LENGTH(s.`', c.c, '`) <= 60');
	END FOR;
	CALL migration_add_pools();
END //

-- Before the first batch of a rule: its partitions, and for instances who is primary.
CREATE OR REPLACE PROCEDURE migration_prepare(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DECLARE v_db, v_table, v_target, v_day, v_expr_col VARCHAR(64);
	DECLARE v_expr TEXT;
	DECLARE v_pass INT;
	SELECT u.source_db, u.pass, r.source_table, r.target, r.day_col INTO v_db, v_pass, v_table, v_target, v_day
	FROM migration_run u JOIN migration_rules r WHERE r.rule = p_rule;
	IF p_rule = 'instances' THEN
		CALL migration_choose_primaries(FALSE);
	END IF;
	IF v_day IS NOT NULL THEN
		SELECT migration_expand(expr, v_db, v_table) INTO v_expr FROM migration_columns WHERE rule = p_rule AND col = v_day;
		SET SESSION sql_mode = '';
		IF partition_unit(v_target) = 'month' THEN
			EXECUTE IMMEDIATE CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_days AS SELECT DISTINCT CAST(DATE_FORMAT(', v_expr, ', ''%Y-%m-01'') AS DATE) AS day FROM `', REPLACE(v_db, '`', '``'), '`.`', v_table,
				'` s WHERE UNIX_TIMESTAMP(', v_expr, ') > 86400');
		ELSE
			EXECUTE IMMEDIATE CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_days AS SELECT DISTINCT DATE(', v_expr, ') AS day FROM `', REPLACE(v_db, '`', '``'), '`.`', v_table,
				'` s WHERE ', v_expr, ' BETWEEN ', IF(v_target = 'spot_price_snapshots', '@migration_raw_since', '@migration_since'), ' AND CURRENT_TIMESTAMP + INTERVAL 1 DAY');
		END IF;
		SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
		-- Neighbouring days in one go.
		FOR d IN (SELECT MIN(day) AS a, MAX(day) AS b FROM (SELECT day, TO_DAYS(day) - ROW_NUMBER() OVER (ORDER BY day) AS g FROM mig_days WHERE day >= '1970-02-01' AND day < '2037-12-01') x GROUP BY g ORDER BY 1) DO
			CALL partitions_ensure(v_target, d.a, d.b);
		END FOR;
	END IF;
	UPDATE migration_rules SET state = 'copying' WHERE rule = p_rule;
END //

-- What is in mig_raw, taken in or rejected. p_error: the server's words when it could not be.
CREATE OR REPLACE PROCEDURE migration_take(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, OUT p_new BIGINT, OUT p_changed BIGINT, OUT p_error VARCHAR(500))
MODIFIES SQL DATA
BEGIN
	DECLARE v_table, v_key, v_db, v_mode VARCHAR(64);
	DECLARE v_bad, v_new, v_notes, v_count, v_out, v_in, v_row, v_keys, v_taken, v_moved, v_sql LONGTEXT;
	DECLARE v_errno INT DEFAULT 0;
	DECLARE v_bads BIGINT;
	DECLARE EXIT HANDLER FOR SQLEXCEPTION
	BEGIN
		GET DIAGNOSTICS CONDITION 1 v_errno = MYSQL_ERRNO, p_error = MESSAGE_TEXT;
		-- Nothing about the rows: deadlock, lock wait, a row changed meanwhile, full disk, killed, shutting down.
		IF v_errno IN (1205, 1213, 1020, 1021, 1053, 1114, 1317, 1927, 1969, 1146, 1054, 1064) THEN
			RESIGNAL;
		END IF;
		ROLLBACK TO SAVEPOINT mig;
	END;
	SET p_error = NULL, p_new = 0, p_changed = 0;
	SELECT r.source_table, r.key_col, u.source_db, r.mode, r.sql_bad, r.sql_new, r.sql_notes, r.sql_count, r.sql_out, r.sql_in, r.sql_row, r.sql_keys, r.sql_taken, r.sql_moved
	INTO v_table, v_key, v_db, v_mode, v_bad, v_new, v_notes, v_count, v_out, v_in, v_row, v_keys, v_taken, v_moved
	FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	SAVEPOINT mig;
	-- What an earlier pass said of these rows holds no longer.
	IF (SELECT pass FROM migration_run) > 0 THEN
		CREATE OR REPLACE TEMPORARY TABLE mig_seen (source_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY);
		INSERT IGNORE INTO mig_seen SELECT CAST(mig_key AS CHAR(255)) FROM mig_raw;
		DELETE x FROM mig_seen r STRAIGHT_JOIN migration_rejects x ON x.rule = p_rule AND x.source_key = r.source_key;
		DELETE x FROM mig_seen r STRAIGHT_JOIN migration_notes x ON x.rule = p_rule AND x.source_key = r.source_key;
	END IF;
	EXECUTE IMMEDIATE v_bad;
	SELECT COUNT(*) INTO v_bads FROM mig_bad;
	SET @migration_bad = v_bads;
	IF v_bads > 0 THEN
		SET v_sql = CONCAT('INSERT INTO migration_rejects (rule, source_table, source_key, reason, row_data) SELECT ''', p_rule, ''', ', QUOTE(v_table), ', CAST(b.mig_key AS CHAR(255)), b.reason, ',
			migration_json_sql(v_db, v_table, NULL), ' FROM mig_bad b JOIN `', REPLACE(v_db, '`', '``'), '`.`', REPLACE(v_table, '`', '``'), '` s ON s.`', REPLACE(v_key, '`', '``'),
			'` = b.mig_key ON DUPLICATE KEY UPDATE reason = VALUES(reason), row_data = VALUES(row_data)');
		EXECUTE IMMEDIATE v_sql;
		DELETE r FROM mig_raw r WHERE r.mig_key IN (SELECT b.mig_key FROM mig_bad b);
	END IF;
	EXECUTE IMMEDIATE v_notes;
	EXECUTE IMMEDIATE v_row;
	EXECUTE IMMEDIATE v_new;
	IF v_keys IS NOT NULL THEN
		EXECUTE IMMEDIATE v_keys;
	END IF;
	IF v_taken IS NOT NULL THEN
		EXECUTE IMMEDIATE v_taken;
	END IF;
	EXECUTE IMMEDIATE v_count;
	SET p_new = @migration_n;
	IF v_moved IS NOT NULL AND p_new > 0 AND @migration_is_old THEN
		EXECUTE IMMEDIATE v_moved;
	END IF;
	IF v_out IS NOT NULL THEN
		EXECUTE IMMEDIATE v_out;
		SET p_changed = ROW_COUNT();
	END IF;
	EXECUTE IMMEDIATE v_in;
	IF v_mode = 'last' THEN
		SET p_changed = GREATEST(ROW_COUNT() - p_new, 0) DIV 2;
	END IF;
END //

-- A batch that failed as a whole (mig_all), in parts: halved until the row that cannot be kept stands alone,
-- and doubled again behind it, in the order of the keys.
CREATE OR REPLACE PROCEDURE migration_take_parts(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, OUT p_new BIGINT, OUT p_changed BIGINT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_at BIGINT DEFAULT 1;
	DECLARE v_all, v_size, v_n, v_c BIGINT;
	DECLARE v_error VARCHAR(500);
	DECLARE v_row_key VARCHAR(255);
	SET p_new = 0, p_changed = 0;
	SELECT COUNT(*) INTO v_all FROM mig_all;
	SET v_size = CEIL(v_all / 2);
	WHILE v_at <= v_all DO
		SET SESSION sql_mode = '';
		-- A star in a routine stands for the columns of the first table it met.
		EXECUTE IMMEDIATE CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_raw AS SELECT * FROM mig_all WHERE mig_n >= ', v_at, ' AND mig_n < ', v_at + v_size);
		SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
		CALL migration_take(p_rule, v_n, v_c, v_error);
		IF v_error IS NOT NULL AND v_size > 1 THEN
			SET v_size = CEIL(v_size / 2);
		ELSE
			IF v_error IS NOT NULL THEN
				SELECT CAST(mig_key AS CHAR(255)) INTO v_row_key FROM mig_all WHERE mig_n = v_at;
				CALL migration_reject(p_rule, v_row_key, v_error);
			ELSE
				SET p_new = p_new + v_n, p_changed = p_changed + v_c, v_size = v_size * 2;
			END IF;
			SET v_at = v_at + IF(v_error IS NULL, v_size DIV 2, 1);
		END IF;
	END WHILE;
END //

CREATE OR REPLACE PROCEDURE migration_reject(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_source_key VARCHAR(255), p_reason VARCHAR(500))
MODIFIES SQL DATA
BEGIN
	DECLARE v_table, v_key, v_db VARCHAR(64);
	DECLARE v_sql LONGTEXT;
	SELECT r.source_table, r.key_col, u.source_db INTO v_table, v_key, v_db FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	SET v_sql = CONCAT('INSERT INTO migration_rejects (rule, source_table, source_key, reason, row_data) SELECT ''', p_rule, ''', ', QUOTE(v_table), ', ', QUOTE(p_source_key), ', ', QUOTE(p_reason), ', ',
		migration_json_sql(v_db, v_table, NULL), ' FROM `', REPLACE(v_db, '`', '``'), '`.`', REPLACE(v_table, '`', '``'), '` s WHERE s.`', REPLACE(v_key, '`', '``'), '` = ', QUOTE(p_source_key),
		' LIMIT 1 ON DUPLICATE KEY UPDATE reason = VALUES(reason), row_data = VALUES(row_data)');
	EXECUTE IMMEDIATE v_sql;
END //

-- The next p_rows rows of a rule's source above p_lo (and up to p_top): @migration_hi, the last key as a literal, and
-- @migration_n, how many there are.
CREATE OR REPLACE PROCEDURE migration_next(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_lo VARCHAR(512), p_top VARCHAR(512), p_rows INT)
READS SQL DATA
BEGIN
	DECLARE v_key, v_src VARCHAR(200);
	DECLARE v_kind VARCHAR(10);
	SELECT CONCAT('s.`', REPLACE(r.key_col, '`', '``'), '`'), CONCAT('`', REPLACE(u.source_db, '`', '``'), '`.`', REPLACE(r.source_table, '`', '``'), '` s'), r.key_kind INTO v_key, v_src, v_kind
	FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	EXECUTE IMMEDIATE CONCAT('SELECT ', CASE v_kind WHEN 'num' THEN 'CAST(MAX(x.k) AS CHAR)' WHEN 'bin' THEN 'CONCAT(''0x'', HEX(MAX(x.k)))' ELSE 'QUOTE(MAX(x.k))' END,
		', COUNT(*) INTO @migration_hi, @migration_n FROM (SELECT ', v_key, ' AS k FROM ', v_src, ' WHERE TRUE', IF(p_lo IS NULL, '', CONCAT(' AND ', v_key, ' > ', p_lo)),
		IF(p_top IS NULL, '', CONCAT(' AND ', v_key, ' <= ', p_top)), ' ORDER BY ', v_key, ' LIMIT ', p_rows, ') x');
END //

-- One batch of the next rule that has something left, and where it stands after it. rule is NULL
-- when all is done.
CREATE OR REPLACE PROCEDURE migration_step(p_rows INT)
MODIFIES SQL DATA
step: BEGIN
	DECLARE v_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin;
	DECLARE v_state, v_kind, v_mode, v_table, v_db, v_key, v_pass_kind, v_changed, v_day VARCHAR(64);
	DECLARE v_lo, v_hi, v_last VARCHAR(512);
	DECLARE v_raw LONGTEXT;
	DECLARE v_filter TEXT;
	DECLARE v_is_log, v_is_old BOOLEAN;
	DECLARE v_pass INT;
	DECLARE v_n, v_left, v_ok, v_new, v_changes, v_rejects, v_rejects_was BIGINT DEFAULT 0;
	DECLARE v_error VARCHAR(500);
	DECLARE v_watermark TIMESTAMP;
	DECLARE v_t0 DOUBLE DEFAULT UNIX_TIMESTAMP(SYSDATE(3));
	DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
	DECLARE EXIT HANDLER FOR SQLEXCEPTION
	BEGIN
		ROLLBACK;
		RESIGNAL;
	END;
	SELECT r.rule, r.state, r.mode, r.source_table, r.key_col, r.key_kind, r.cursor_key, r.last_key, r.sql_raw, r.is_log, r.changed_col, r.day_col, u.source_db, u.pass, u.pass_kind, u.watermark
	INTO v_rule, v_state, v_mode, v_table, v_key, v_kind, v_lo, v_last, v_raw, v_is_log, v_changed, v_day, v_db, v_pass, v_pass_kind, v_watermark
	FROM migration_rules r JOIN migration_run u WHERE r.state IN ('waiting', 'copying') ORDER BY r.ord LIMIT 1;
	IF v_rule IS NULL THEN
		UPDATE migration_run SET watermark = pass_started_at;
		SELECT NULL AS rule, NULL AS source_table, 0 AS done_rows, 0 AS total_rows, (SELECT pass FROM migration_run) AS pass;
		LEAVE step;
	END IF;
	IF v_mode = 'pools' THEN
		CALL migration_name_pools();
		SELECT v_rule AS rule, v_table AS source_table, (SELECT SUM(pass_read) FROM migration_rules) AS done_rows, (SELECT SUM(source_rows) FROM migration_rules WHERE state <> 'absent' AND mode <> 'pools') AS total_rows, v_pass AS pass;
		LEAVE step;
	END IF;
	IF v_state = 'waiting' THEN
		CALL migration_prepare(v_rule);
		-- A sample of a log is its newest rows.
		IF v_pass_kind = 'sample' AND v_is_log AND v_kind = 'num' THEN
			EXECUTE IMMEDIATE CONCAT('SELECT MIN(x.k) - 1 INTO @migration_lo FROM (SELECT s.`', REPLACE(v_key, '`', '``'), '` AS k FROM `', REPLACE(v_db, '`', '``'), '`.`', REPLACE(v_table, '`', '``'), '` s ORDER BY 1 DESC LIMIT ', 2 * p_rows, ') x');
			SET v_lo = @migration_lo;
		END IF;
		-- A log that was read once is read on from a little before where it ended: ids are given before commits.
		-- The final pass reads all of it: how many ids lie between says nothing of how many rows.
		IF v_pass > 0 AND v_pass_kind <> 'final' AND v_is_log AND v_kind = 'num' AND v_last IS NOT NULL THEN
			SET v_lo = GREATEST(CAST(v_last AS SIGNED) - 20000, -1);
		END IF;
	END IF;
	SET v_key = CONCAT('s.`', REPLACE(v_key, '`', '``'), '`');
	SET v_is_old = v_pass > 0 AND NOT (v_is_log AND v_kind = 'num' AND (v_last IS NULL OR COALESCE(CAST(v_lo AS SIGNED) >= CAST(v_last AS SIGNED), FALSE)));
	SET @migration_is_old = v_is_old;
	-- On a quick pass only what has a newer date, where the table has one that tells.
	IF v_pass > 0 AND v_pass_kind = 'quick' THEN
		IF v_changed IS NOT NULL THEN
			SET v_filter = CONCAT('s.`', v_changed, '` >= ''', v_watermark - INTERVAL 5 MINUTE, '''');
		ELSEIF v_is_log AND v_kind <> 'num' THEN
			SELECT CONCAT(migration_expand(expr, v_db, v_table), ' >= ''', v_watermark - INTERVAL 15 MINUTE, '''') INTO v_filter FROM migration_columns WHERE rule = v_rule AND col = v_day;
		END IF;
		IF v_rule = 'instances' AND v_filter IS NOT NULL THEN
			SET v_filter = CONCAT(v_filter, ' OR (pr.instance_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM instances t WHERE t.id = pr.instance_id AND t.is_primary))');
		END IF;
	END IF;
	CALL migration_next(v_rule, v_lo, IF(v_is_old AND v_is_log AND v_kind = 'num', v_last, NULL), p_rows);
	SET v_hi = @migration_hi, v_n = @migration_n;
	IF v_n = 0 THEN
		START TRANSACTION;
		UPDATE migration_rules SET state = IF(v_is_old AND is_log AND key_kind = 'num', state, 'copied'), cursor_key = IF(v_is_old AND is_log AND key_kind = 'num', v_last, cursor_key),
			source_rows = IF(v_pass_kind <> 'sample' AND (pass_read > source_rows OR v_pass = 0), pass_read, source_rows) WHERE rule = v_rule;
		COMMIT;
	ELSE
		SET SESSION sql_mode = '';
		EXECUTE IMMEDIATE CONCAT(v_raw, IF(v_lo IS NULL, '', CONCAT(v_key, ' > ', v_lo, ' AND ')), v_key, ' <= ', v_hi, COALESCE(CONCAT(' AND (', v_filter, ')'), ''));
		SELECT COUNT(*), COALESCE(SUM(mig_left), 0) INTO v_ok, v_left FROM mig_raw;
		SET v_n = IF(v_filter IS NULL, v_ok, v_n);
		IF v_left > 0 THEN DELETE FROM mig_raw WHERE mig_left; END IF;
		SET v_ok = v_ok - v_left;
		SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
		START TRANSACTION;
		IF v_pass > 0 THEN
			SELECT COUNT(*) INTO v_rejects_was FROM migration_rejects WHERE rule = v_rule;
		END IF;
		SET @migration_bad = 0;
		IF v_ok > 0 THEN
			SET SESSION sql_mode = '';
			EXECUTE IMMEDIATE 'CREATE OR REPLACE TEMPORARY TABLE mig_all (KEY (mig_n)) AS SELECT r.*, ROW_NUMBER() OVER (ORDER BY r.mig_key) AS mig_n FROM mig_raw r';
			SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
			CALL migration_take(v_rule, v_new, v_changes, v_error);
			IF v_error IS NOT NULL THEN
				SELECT COUNT(*) INTO v_rejects_was FROM migration_rejects WHERE rule = v_rule;
				CALL migration_take_parts(v_rule, v_new, v_changes);
			END IF;
		END IF;
		-- Counted only where it must be: there may be very many.
		IF v_pass = 0 AND v_error IS NULL THEN
			SET v_rejects = @migration_bad;
		ELSE
			SELECT COUNT(*) INTO v_rejects FROM migration_rejects WHERE rule = v_rule;
		END IF;
		UPDATE migration_rules SET cursor_key = v_hi, pass_read = pass_read + v_n,
			last_key = IF(v_is_old AND key_kind = 'num' AND is_log, last_key, v_hi),
			rows_read = rows_read + IF(v_is_old, v_new + v_rejects - v_rejects_was, v_ok + v_left),
			rows_moved = rows_moved + v_new,
			rows_changed = rows_changed + IF(v_pass > 0, v_changes, 0),
			rows_left = rows_left + IF(v_is_old, 0, v_left),
			rows_merged = rows_merged + IF(v_is_old, 0, v_ok - v_new - (v_rejects - v_rejects_was)),
			busy_ms = busy_ms + (UNIX_TIMESTAMP(SYSDATE(3)) - v_t0) * 1000
		WHERE rule = v_rule;
		-- Parents are sampled whole: what hangs on them is judged by them.
		UPDATE migration_rules SET state = 'copied' WHERE rule = v_rule AND v_pass_kind = 'sample' AND pass_read >= 2 * p_rows
			AND target NOT IN ('clients', 'users', 'spot_pools', 'agents');
		COMMIT;
	END IF;
	SELECT v_rule AS rule, v_table AS source_table, (SELECT SUM(pass_read) FROM migration_rules) AS done_rows,
		(SELECT SUM(GREATEST(source_rows, pass_read)) FROM migration_rules WHERE state <> 'absent' AND mode <> 'pools') AS total_rows, v_pass AS pass;
END //

DELIMITER ;
