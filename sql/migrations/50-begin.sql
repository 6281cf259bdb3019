-- A migration begun, and each pass over the source: the session, which tables there are, who is the primary of each agent, which
-- pools are named, what a rule needs before its first batch.

DELIMITER //

-- The session of a migration: no counting, no stream events; references are checked here, row by row.
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

-- Begins, goes on, or starts another pass over what was migrated. p_kind: '' (what is due), 'final', 'sample';
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
			SET v_text = CONCAT('database ', DATABASE(), ' holds a fleet that was not migrated there: choose a new one with -D');
			SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
		END IF;
		INSERT INTO migration_run (source_db, source_version, since, raw_since, tokens_are_hashed, pass_kind, pass_started_at)
		VALUES (p_db, migration_guess(p_db), CURRENT_TIMESTAMP - INTERVAL p_since_days DAY, CURRENT_TIMESTAMP - INTERVAL LEAST(p_since_days, p_raw_days) DAY, p_hashed, IF(p_kind = 'sample', 'sample', 'copy'), CURRENT_TIMESTAMP);
	ELSEIF v_source <> p_db THEN
		SET v_text = CONCAT('database ', DATABASE(), ' is being migrated from ', v_source, ', not from ', p_db);
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
	ELSEIF (SELECT back_state = 'turned' FROM migration_run) THEN
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'turning back has not ended, though all is in the old database: run --back --final again before anything else';
	ELSEIF (SELECT back_state <> 'none' FROM migration_run) THEN
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'the old database is kept current from this one: --back --final turns back, --clean ends the way back; nothing can be taken over before that';
	ELSEIF (SELECT is_done FROM migration_run) AND NOT p_again THEN
		-- What has been written here since would be put back to what the source says.
		SET v_text = CONCAT('database ', DATABASE(), ' had its last pass and may be in use: a further one would undo what was written since (--again does it)');
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = v_text;
	END IF;
	CALL migration_session();
	UPDATE migration_run SET turned_at = NULL WHERE turned_at IS NOT NULL;
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
	CALL migration_compile_all();
	IF p_kind = 'sample' THEN
		CALL migration_census();
	END IF;
END //

-- The statements of all rules, made when anything that they are made of is another than it was: the scripts, the columns of either
-- side, which tables there are. migration_find has been asked.
CREATE OR REPLACE PROCEDURE migration_compile_all()
MODIFIES SQL DATA
BEGIN
	DECLARE v_print CHAR(32) CHARSET ascii COLLATE ascii_bin DEFAULT (SELECT MD5(CONCAT_WS('|',
		(SELECT ROUTINE_COMMENT FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_NAME = 'migration_session'),
		(SELECT GROUP_CONCAT(CONCAT_WS(',', TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, COLLATION_NAME, IS_NULLABLE) ORDER BY TABLE_NAME, COLUMN_NAME) FROM mig_columns),
		(SELECT GROUP_CONCAT(CONCAT_WS(',', i.TABLE_NAME, i.COLUMN_NAME, i.COLUMN_TYPE, i.COLLATION_NAME, i.IS_NULLABLE, i.COLUMN_DEFAULT) ORDER BY i.TABLE_NAME, i.COLUMN_NAME) FROM information_schema.COLUMNS i WHERE i.TABLE_SCHEMA = DATABASE() AND i.TABLE_NAME NOT LIKE 'migration\\_%'),
		(SELECT GROUP_CONCAT(CONCAT_WS(',', rule, source_table, key_col, key_kind, state = 'absent') ORDER BY rule) FROM migration_rules))));
	IF NOT COALESCE((SELECT compiled_for = v_print FROM migration_run), FALSE) THEN
		FOR r IN (SELECT rule FROM migration_rules WHERE state <> 'absent' AND mode <> 'pools' ORDER BY ord) DO
			CALL migration_compile(r.rule);
		END FOR;
		UPDATE migration_run SET compiled_for = v_print;
	END IF;
END //

-- Which of the rules' tables the source has, and by what they are gone through.
CREATE OR REPLACE PROCEDURE migration_find(p_db VARCHAR(64))
MODIFIES SQL DATA
BEGIN
	-- The dictionary is read once: each look into it opens every table of the source.
	CREATE OR REPLACE TEMPORARY TABLE mig_tables AS SELECT TABLE_NAME, TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH AS bytes FROM information_schema.TABLES
	WHERE TABLE_SCHEMA = p_db AND TABLE_TYPE = 'BASE TABLE';
	CREATE OR REPLACE TEMPORARY TABLE mig_columns AS SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, COLLATION_NAME, IS_NULLABLE, EXTRA FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = p_db;
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

-- Who is the primary of each agent: of those that claim it, the one its agent names, else the one that became so last.
-- p_some: only of the agents in mig_agents, whose instances stand in mig_keys. What this looks at of an instance, the change log
-- must tell apart (op P in 70-log.sql).
CREATE OR REPLACE FUNCTION migration_primaries_sql(p_into VARCHAR(64), p_some BOOLEAN) RETURNS TEXT
READS SQL DATA
BEGIN
	DECLARE v_db, v_table, v_key VARCHAR(64);
	SELECT u.source_db, r.source_table, r.key_col INTO v_db, v_table, v_key FROM migration_run u JOIN migration_rules r WHERE r.rule = 'instances';
	RETURN REPLACE(CONCAT('INSERT INTO ', p_into, ' (agent_id, instance_id) SELECT a.id, SUBSTRING_INDEX(GROUP_CONCAT(',
		migration_expand(CONCAT('{id} ORDER BY ({id} <=> a.instance_id) DESC, COALESCE({last_failover_at}, {launch_confirmed_at}, {installed_at}, {created_at}) DESC, {id} DESC SEPARATOR ''\n''), ''\n'', 1)
			FROM ', IF(p_some, 'mig_keys mk STRAIGHT_JOIN ', ''), '@src.THE_TABLE s JOIN agents a ON a.id = CAST({uuid agents agent_id} AS UUID)', IF(p_some, ' JOIN mig_agents g ON g.id = a.id', ''), '
			LEFT JOIN migration_states st ON st.domain = ''instances.instance_status'' AND st.value = LOWER(TRIM({instance_status|status|state}))
			WHERE ', IF(p_some, CONCAT('s.`', REPLACE(v_key, '`', '``'), '` = mk.k AND '), ''), 'COALESCE({is_active}, {terminated_at} IS NULL) AND CHAR_LENGTH({id}) <= 20 AND LENGTH({id}) = CHAR_LENGTH({id}) AND NOT COALESCE(a.client_id <> CAST({uuid clients client_id} AS UUID), FALSE)
			  AND (st.mapped IN (''running_primary'', ''promoting'') OR ({is_primary} AND (st.mapped IN (''running'', ''running_replica'') OR st.mapped IS NULL))
				OR (st.mapped = ''running'' AND {id} = a.instance_id))
			GROUP BY a.id'), v_db, v_table)), 'THE_TABLE', CONCAT('`', REPLACE(v_table, '`', '``'), '`'));
END //

-- Chosen anew. Those of ours that are no longer it step back first, so that no two ever are.
CREATE OR REPLACE PROCEDURE migration_choose_primaries(p_some BOOLEAN)
MODIFIES SQL DATA
BEGIN
	START TRANSACTION;
	IF p_some THEN
		DELETE p FROM migration_primaries p JOIN mig_agents g ON g.id = p.agent_id;
	ELSE
		DELETE FROM migration_primaries;
	END IF;
	SET SESSION sql_mode = '';
	SET @migration_sql = migration_primaries_sql('migration_primaries', p_some);
	EXECUTE IMMEDIATE @migration_sql;
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
	UPDATE migration_rules SET rows_migrated = (SELECT COUNT(*) FROM migration_notes WHERE rule = 'pools_named'), rows_read = rows_migrated, source_rows = rows_migrated,
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
	-- By name: the server tells tables in the order in which their files lie, and the first that names a pool is noted.
	FOR c IN (SELECT i.TABLE_NAME AS t, i.COLUMN_NAME AS c FROM information_schema.COLUMNS i JOIN information_schema.TABLES x ON x.TABLE_SCHEMA = i.TABLE_SCHEMA AND x.TABLE_NAME = i.TABLE_NAME AND x.TABLE_TYPE = 'BASE TABLE'
		WHERE i.TABLE_SCHEMA = v_db AND i.COLUMN_NAME IN ('current_pool_id', 'fastest_boot_pool_id', 'pool_id') AND i.TABLE_NAME IN ('agents', 'instances', 'replica_instances',
			'spot_price_snapshots', 'spot_price_staging', 'spot_prices', 'pricing_submissions_raw', 'pricing_consolidated', 'pricing_snapshots_clean', 'pricing_canonical')
		  AND (v_kind <> 'quick' OR i.TABLE_NAME IN ('agents', 'instances'))
		ORDER BY i.TABLE_NAME, i.ORDINAL_POSITION) DO
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

DELIMITER ;
