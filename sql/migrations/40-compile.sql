-- From rules to statements, once for each run: which source columns are there is only known then.

DELIMITER //

-- An id of one of our tables from whatever stood in the source: a UUID stays, anything else becomes one
-- made of the table's name and it (so does the form that the server's UUIDs cannot hold).
CREATE OR REPLACE FUNCTION migration_uuid_sql(p_domain VARCHAR(64), p_x TEXT) RETURNS TEXT
DETERMINISTIC
RETURN CONCAT('IF(', p_x, ' REGEXP ''^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-([0-7][0-9a-fA-F]{3}-[0-9a-fA-F]{4}|[0-9a-fA-F]{4}-[89a-fA-F][0-9a-fA-F]{3})-[0-9a-fA-F]{12}$'', CAST(', p_x,
	' AS CHAR), REGEXP_REPLACE(MD5(CONCAT(''', p_domain, ':'', NULLIF(CAST(', p_x, ' AS CHAR), ''''))), ''^(.{8})(.{4}).(.{3}).(.{3})(.{12})$'', ''\\\\1-\\\\2-5\\\\3-a\\\\4-\\\\5''))') //

-- The id of a row that has none of its own, made of the key it is gone through by: the same every time.
CREATE OR REPLACE FUNCTION migration_row_uuid_sql(p_what VARCHAR(140), p_key TEXT) RETURNS TEXT
DETERMINISTIC
RETURN CONCAT('REGEXP_REPLACE(MD5(CONCAT(''row of ', p_what, ':'', CAST(', p_key, ' AS CHAR))), ''^(.{8})(.{4}).(.{3}).(.{3})(.{12})$'', ''\\\\1-\\\\2-5\\\\3-a\\\\4-\\\\5'')') //

-- One column of the source as an expression; texts all in one collation, whatever the source's.
CREATE OR REPLACE FUNCTION migration_ref(p_db VARCHAR(64), p_table VARCHAR(64), p_alias VARCHAR(20), p_names TEXT, p_charset VARCHAR(20)) RETURNS TEXT
READS SQL DATA
BEGIN
	DECLARE v_name, v_charset VARCHAR(64);
	DECLARE v_type VARCHAR(64);
	SELECT COLUMN_NAME, CHARACTER_SET_NAME, DATA_TYPE INTO v_name, v_charset, v_type FROM information_schema.COLUMNS
	WHERE TABLE_SCHEMA = p_db AND TABLE_NAME = p_table AND FIND_IN_SET(COLUMN_NAME, REPLACE(p_names, '|', ','))
	ORDER BY FIND_IN_SET(COLUMN_NAME, REPLACE(p_names, '|', ',')) LIMIT 1;
	IF v_name IS NULL THEN RETURN 'NULL'; END IF;
	SET v_name = CONCAT(p_alias, '.`', REPLACE(v_name, '`', '``'), '`');
	IF p_charset = 'ascii' THEN RETURN CONCAT('CONVERT(', v_name, ' USING ascii) COLLATE ascii_bin'); END IF;
	IF v_charset IS NOT NULL OR v_type = 'uuid' THEN RETURN CONCAT('CONVERT(', v_name, ' USING utf8mb4) COLLATE utf8mb4_general_ci'); END IF;
	RETURN v_name;
END //

-- An object of those of the named columns that the source has; NULL when none has a value.
CREATE OR REPLACE FUNCTION migration_json_sql(p_db VARCHAR(64), p_table VARCHAR(64), p_names TEXT) RETURNS TEXT
READS SQL DATA
BEGIN
	DECLARE v_list TEXT;
	SELECT GROUP_CONCAT(CONCAT('''', COLUMN_NAME, ''', s.`', REPLACE(COLUMN_NAME, '`', '``'), '`') ORDER BY ORDINAL_POSITION) INTO v_list
	FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = p_db AND TABLE_NAME = p_table
	  AND (p_names IS NULL OR FIND_IN_SET(COLUMN_NAME, REPLACE(p_names, '|', ',')));
	IF v_list IS NULL THEN RETURN 'NULL'; END IF;
	IF p_names IS NULL THEN RETURN CONCAT('JSON_OBJECT(', v_list, ')'); END IF;
	RETURN CONCAT('NULLIF(JSON_MERGE_PATCH(JSON_OBJECT(), JSON_OBJECT(', v_list, ')), JSON_OBJECT())');
END //

-- The braces of an expression replaced by what they stand for in this source.
CREATE OR REPLACE FUNCTION migration_expand(p_expr TEXT, p_db VARCHAR(64), p_table VARCHAR(64)) RETURNS TEXT
READS SQL DATA
BEGIN
	DECLARE v_out TEXT DEFAULT '';
	DECLARE v_rest TEXT DEFAULT REPLACE(p_expr, '@src', CONCAT('`', REPLACE(p_db, '`', '``'), '`'));
	DECLARE v_ref TEXT;
	DECLARE v_a INT;
	IF p_expr IS NULL THEN RETURN NULL; END IF;
	SET v_a = LOCATE('{', v_rest);
	WHILE v_a > 0 DO
		SET v_ref = SUBSTRING(v_rest, v_a + 1, LOCATE('}', v_rest, v_a) - v_a - 1);
		SET v_out = CONCAT(v_out, LEFT(v_rest, v_a - 1), CASE
			WHEN v_ref LIKE 'uuid %' THEN migration_uuid_sql(SUBSTRING_INDEX(SUBSTRING_INDEX(v_ref, ' ', 2), ' ', -1), migration_ref(p_db, p_table, 's', SUBSTRING_INDEX(v_ref, ' ', -1), NULL))
			WHEN v_ref LIKE 'json %' THEN migration_json_sql(p_db, p_table, SUBSTRING(v_ref, 6))
			WHEN v_ref LIKE 'code %' THEN migration_ref(p_db, p_table, 's', SUBSTRING(v_ref, 6), 'ascii')
			WHEN v_ref LIKE 'o.%' THEN migration_ref(p_db, p_table, 'o', SUBSTRING(v_ref, 3), NULL)
			ELSE migration_ref(p_db, p_table, 's', v_ref, NULL) END);
		SET v_rest = SUBSTRING(v_rest, LOCATE('}', v_rest, v_a) + 1);
		SET v_a = LOCATE('{', v_rest);
	END WHILE;
	RETURN CONCAT(v_out, v_rest);
END //

-- The new value of a column made of the raw one (r.`col`), by the new column's type; NULL when the
-- raw one cannot be brought to it.
CREATE OR REPLACE FUNCTION migration_value_sql(p_target VARCHAR(64), p_col VARCHAR(64), p_kind VARCHAR(20), p_parent VARCHAR(64), p_type VARCHAR(64), p_full LONGTEXT,
	p_len BIGINT, p_charset VARCHAR(64), p_collation VARCHAR(64), p_precision INT, p_scale INT) RETURNS TEXT
DETERMINISTIC
BEGIN
	DECLARE v_r TEXT DEFAULT CONCAT('r.`', p_col, '`');
	DECLARE v_max VARCHAR(64);
	IF p_parent IS NOT NULL AND p_type = 'uuid' THEN
		RETURN CONCAT('(SELECT p.id FROM ', p_parent, ' p WHERE p.id = CAST(', migration_uuid_sql(p_parent, v_r), ' AS UUID))');
	ELSEIF p_parent IS NOT NULL THEN
		RETURN CONCAT('(SELECT p.id FROM ', p_parent, ' p WHERE p.id = CONVERT(', v_r, ' USING ascii) COLLATE ascii_bin)');
	ELSEIF p_type = 'uuid' THEN
		RETURN migration_uuid_sql(p_target, v_r);
	ELSEIF p_type = 'enum' THEN
		RETURN CONCAT('(SELECT m.mapped FROM migration_states m WHERE m.domain = ''', p_target, '.', p_col, ''' AND m.value = LOWER(TRIM(', v_r, ')))');
	ELSEIF p_kind = 'minute' THEN
		RETURN CONCAT('IF(UNIX_TIMESTAMP(', v_r, ') BETWEEN 86400 AND UNIX_TIMESTAMP() + 86400, FROM_UNIXTIME(FLOOR(UNIX_TIMESTAMP(', v_r, ') / 60) * 60), NULL)');
	ELSEIF p_kind = 'past' THEN
		RETURN CONCAT('IF(UNIX_TIMESTAMP(', v_r, ') BETWEEN 86400 AND UNIX_TIMESTAMP() + 86400, ', v_r, ', NULL)');
	ELSEIF p_type IN ('timestamp', 'datetime') THEN
		RETURN CONCAT('IF(UNIX_TIMESTAMP(', v_r, ') > 86400, ', v_r, ', NULL)');
	ELSEIF p_type = 'date' THEN
		RETURN CONCAT('IF(YEAR(', v_r, ') > 0, ', v_r, ', NULL)');
	ELSEIF p_kind = 'price' THEN
		RETURN CONCAT('IF(', v_r, ' BETWEEN 0 AND 9999, ', v_r, ', NULL)');
	ELSEIF p_full = 'tinyint(1)' THEN
		RETURN CONCAT('(', v_r, ' <> 0)');
	ELSEIF p_type = 'decimal' THEN
		SET v_max = CONCAT(REPEAT('9', p_precision - p_scale), '.', REPEAT('9', p_scale));
		RETURN CONCAT('LEAST(GREATEST(', v_r, ', -', v_max, '), ', v_max, ')');
	ELSEIF p_type IN ('tinyint', 'smallint', 'mediumint', 'int', 'bigint') THEN
		SET v_max = CASE p_type WHEN 'tinyint' THEN '255' WHEN 'smallint' THEN '65535' WHEN 'mediumint' THEN '16777215' WHEN 'int' THEN '4294967295' ELSE '18446744073709551615' END;
		IF p_full NOT LIKE '%unsigned' THEN
			SET v_max = CASE p_type WHEN 'tinyint' THEN '127' WHEN 'smallint' THEN '32767' WHEN 'mediumint' THEN '8388607' WHEN 'int' THEN '2147483647' ELSE '9223372036854775807' END;
		END IF;
		RETURN CONCAT('LEAST(GREATEST(', v_r, ', ', IF(p_full LIKE '%unsigned', '0', CONCAT('-', v_max)), '), ', v_max, ')');
	ELSEIF p_type = 'longtext' AND p_collation = 'utf8mb4_bin' THEN
		RETURN CONCAT('CASE WHEN COALESCE(CAST(', v_r, ' AS CHAR), '''') = '''' THEN NULL WHEN JSON_VALID(', v_r, ') THEN ', v_r, ' ELSE JSON_OBJECT(''raw'', CAST(', v_r, ' AS CHAR)) END');
	ELSEIF p_charset = 'ascii' THEN
		RETURN CONCAT('IF(CHAR_LENGTH(', v_r, ') <= ', p_len, ' AND LENGTH(CONVERT(', v_r, ' USING utf8mb4)) = CHAR_LENGTH(', v_r, '), NULLIF(TRIM(', v_r, '), ''''), NULL)');
	ELSEIF p_charset IS NOT NULL AND p_len < 65535 THEN
		RETURN CONCAT('LEFT(', v_r, ', ', p_len, ')');
	END IF;
	RETURN v_r;
END //

-- When a value did not survive as it was, as a condition over r.
CREATE OR REPLACE FUNCTION migration_lost_sql(p_col VARCHAR(64), p_type VARCHAR(64), p_collation VARCHAR(64), p_len BIGINT, p_charset VARCHAR(64), p_value TEXT) RETURNS TEXT
DETERMINISTIC
BEGIN
	DECLARE v_has TEXT DEFAULT CONCAT('COALESCE(CAST(r.`', p_col, '` AS CHAR), '''') <> ''''');
	IF p_type = 'longtext' AND p_collation = 'utf8mb4_bin' THEN
		RETURN CONCAT(v_has, ' AND NOT JSON_VALID(r.`', p_col, '`)');
	ELSEIF p_type IN ('decimal', 'tinyint', 'smallint', 'mediumint', 'int', 'bigint') THEN
		RETURN CONCAT('r.`', p_col, '` <> ', p_value);
	ELSEIF p_charset IS NOT NULL AND p_charset <> 'ascii' AND p_len < 65535 AND p_type <> 'enum' THEN
		RETURN CONCAT('CHAR_LENGTH(r.`', p_col, '`) > ', p_len);
	END IF;
	RETURN CONCAT(v_has, ' AND ', p_value, ' IS NULL');
END //

-- A natural key of the source itself, as text: rows that become one row here have the same.
CREATE OR REPLACE FUNCTION migration_sib_sql(p_raw TEXT, p_kind VARCHAR(20), p_type VARCHAR(64)) RETURNS TEXT
DETERMINISTIC
RETURN CASE WHEN p_kind = 'minute' THEN CONCAT('FLOOR(UNIX_TIMESTAMP(', p_raw, ') / 60)') WHEN p_type IN ('timestamp', 'datetime') THEN CONCAT('UNIX_TIMESTAMP(', p_raw, ')') ELSE p_raw END //

-- What tells no two rows apart: a date that a trigger of here keeps, and which of a minute's reports the jobs of here have
-- found to be the lesser.
CREATE OR REPLACE FUNCTION migration_is_compared(p_target VARCHAR(64), p_col VARCHAR(64)) RETURNS BOOLEAN
READS SQL DATA
RETURN NOT (p_target = 'agents' AND p_col = 'updated_at')
	AND NOT (p_target = 'spot_price_snapshots' AND p_col = 'is_duplicate' AND EXISTS (SELECT 1 FROM job_schedules j WHERE j.name = 'consolidate' AND JSON_VALUE(j.state, '$.mark') IS NOT NULL)) //

-- A natural key as sixteen bytes.
CREATE OR REPLACE FUNCTION migration_key_sql(p_pk VARCHAR(100), p_alias VARCHAR(10)) RETURNS TEXT
DETERMINISTIC
RETURN CONCAT('UNHEX(MD5(CONCAT_WS(''|'', ', p_alias, '.`', REPLACE(p_pk, ',', CONCAT('`, ', p_alias, '.`')), '`)))') //

-- Two rows of one batch may change hands of what is unique: names and addresses that are to change are let go first; what another
-- has is refused before it (migration_refuse_taken). NULL when the target has no such key.
CREATE OR REPLACE FUNCTION migration_room_sql(p_target VARCHAR(64), p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin) RETURNS TEXT
READS SQL DATA
RETURN (SELECT CONCAT(' SET ', GROUP_CONCAT(DISTINCT IF(c.CHARACTER_SET_NAME IS NULL, NULL, CONCAT('t.`', c.COLUMN_NAME, '` = LEFT(CONCAT(''~'', t.id), ', c.CHARACTER_MAXIMUM_LENGTH, ')')) SEPARATOR ', '),
		' WHERE NOT (', GROUP_CONCAT(DISTINCT IF(c.CHARACTER_SET_NAME IS NULL, CONCAT('t.`', c.COLUMN_NAME, '` <=> b.`', c.COLUMN_NAME, '`'), CONCAT('BINARY t.`', c.COLUMN_NAME, '` <=> BINARY b.`', c.COLUMN_NAME, '`')) SEPARATOR ' AND '), ')')
	FROM information_schema.STATISTICS i JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = i.TABLE_SCHEMA AND c.TABLE_NAME = i.TABLE_NAME AND c.COLUMN_NAME = i.COLUMN_NAME
	JOIN migration_columns m ON m.rule = p_rule AND m.col = c.COLUMN_NAME
	WHERE i.TABLE_SCHEMA = DATABASE() AND i.TABLE_NAME = p_target AND i.NON_UNIQUE = 0 AND i.INDEX_NAME <> 'PRIMARY') //

-- Makes a rule's statements. @migration_lo, @migration_hi (SQL literals) are put in by the step.
CREATE OR REPLACE PROCEDURE migration_compile(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DECLARE v_db, v_table, v_target, v_key, v_mode VARCHAR(64);
	DECLARE v_joins, v_left, v_pk, v_value, v_final, v_lost, v_name, v_def TEXT;
	DECLARE v_yields VARCHAR(40) CHARSET ascii COLLATE ascii_bin;
	DECLARE v_raw, v_bad, v_cols, v_new, v_notes, v_same, v_set, v_on, v_list, v_row, v_each, v_sib LONGTEXT DEFAULT '';
	DECLARE v_hash VARCHAR(500);
	DECLARE v_room TEXT;
	DECLARE v_src VARCHAR(200);
	DECLARE v_id_is_key BOOLEAN;
	SET SESSION group_concat_max_len = GREATEST(@@group_concat_max_len, 1048576);
	SELECT u.source_db, r.source_table, r.target, r.key_col, r.mode, r.joins, r.left_if, r.pk, (SELECT y.rule FROM migration_rules y WHERE y.rule = r.yields_to AND y.state <> 'absent')
	INTO v_db, v_table, v_target, v_key, v_mode, v_joins, v_left, v_pk, v_yields
	FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	SET v_src = CONCAT('`', REPLACE(v_db, '`', '``'), '`.`', REPLACE(v_table, '`', '``'), '` s');
	SET v_key = CONCAT('s.`', REPLACE(v_key, '`', '``'), '`');
	-- The names of 7.0 stand for themselves.
	INSERT IGNORE INTO migration_states (domain, value, mapped)
	SELECT CONCAT(v_target, '.', c.COLUMN_NAME), LOWER(j.name), j.name
	FROM information_schema.COLUMNS c
	JOIN JSON_TABLE(CONCAT('[', REPLACE(SUBSTRING(c.COLUMN_TYPE, 6, CHAR_LENGTH(c.COLUMN_TYPE) - 6), '''', '"'), ']'), '$[*]' COLUMNS (name VARCHAR(64) PATH '$')) j
	WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = v_target AND c.DATA_TYPE = 'enum';
	FOR c IN (
		SELECT m.*, i.DATA_TYPE AS t, i.COLUMN_TYPE AS f, i.CHARACTER_MAXIMUM_LENGTH AS len, i.CHARACTER_SET_NAME AS cs, i.COLLATION_NAME AS co,
			i.NUMERIC_PRECISION AS np, i.NUMERIC_SCALE AS ns, i.IS_NULLABLE = 'YES' AS is_null, i.COLUMN_DEFAULT AS def
		FROM migration_columns m JOIN information_schema.COLUMNS i ON i.TABLE_SCHEMA = DATABASE() AND i.TABLE_NAME = v_target AND i.COLUMN_NAME = m.col
		WHERE m.rule = p_rule ORDER BY i.ORDINAL_POSITION) DO
		SET v_name = CONCAT('`', c.col, '`');
		SET v_raw = CONCAT(v_raw, ', ', migration_expand(c.expr, v_db, v_table), ' AS ', v_name);
		SET v_value = migration_value_sql(v_target, c.col, c.kind, c.parent, c.t, c.f, c.len, c.cs, c.co, c.np, c.ns);
		-- A default that is drawn anew each time would make another row of the same one in each pass.
		SET v_def = CASE WHEN c.def LIKE 'current_timestamp%' THEN '(SELECT u.started_at FROM migration_run u)'
			WHEN c.t = 'uuid' AND c.def LIKE '%uuid()%' THEN CONCAT('CAST(', migration_row_uuid_sql(CONCAT(p_rule, '.', c.col), 'r.mig_key'), ' AS UUID)') ELSE c.def END;
		SET v_final = CASE WHEN c.fallback IS NOT NULL THEN CONCAT('COALESCE(', v_value, ', ', c.fallback, IF(c.def LIKE 'current_timestamp%', CONCAT(', ', v_def), ''), ')')
			WHEN NOT c.is_null AND c.def IS NOT NULL AND c.kind IS NULL THEN CONCAT('COALESCE(', v_value, ', ', v_def, ')')
			ELSE v_value END;
		SET v_cols = CONCAT_WS(', ', NULLIF(v_cols, ''), v_name);
		SET v_new = CONCAT_WS(', ', NULLIF(v_new, ''), v_final);
		IF NOT c.is_null AND (c.def IS NULL OR c.kind IS NOT NULL) THEN
			-- The agent is named before the client, which is the agent's.
			SET v_lost = CONCAT(' WHEN ', v_final, ' IS NULL THEN CONCAT(''', c.col, ': '', COALESCE(CONCAT(''"'', LEFT(r.', v_name, ', 100), ''" '', ''',
				IF(c.parent IS NOT NULL, CONCAT('is not in ', c.parent), 'cannot be kept'), '''), ''no value''))');
			SET v_bad = IF(c.parent <=> 'agents', CONCAT(v_lost, v_bad), CONCAT(v_bad, v_lost));
		END IF;
		IF c.note_if IS NULL THEN
			SET v_lost = migration_lost_sql(c.col, c.t, c.co, c.len, c.cs, v_value);
			SET v_notes = CONCAT(v_notes, ' UNION ALL SELECT r.mig_key, ''', c.col, ''', LEFT(CAST(r.', v_name, ' AS CHAR), 2000), ',
				CASE WHEN c.parent IS NOT NULL THEN CONCAT('''not in ', c.parent, ': left empty''')
					WHEN c.t = 'longtext' THEN '''no JSON: kept as {"raw": ...}'''
					WHEN c.t IN ('decimal', 'tinyint', 'smallint', 'mediumint', 'int', 'bigint') THEN CONCAT('CONCAT(''brought into range: '', ', v_value, ')')
					WHEN c.cs IS NOT NULL AND c.cs <> 'ascii' AND c.t <> 'enum' THEN CONCAT('''cut to ', c.len, ' characters''')
					ELSE CONCAT('COALESCE(CONCAT(''', IF(c.t = 'enum', 'no such state', 'cannot be kept'), ', put in its place: '', ', v_final, '), ''left empty'')') END,
				' FROM mig_raw r WHERE ', v_lost);
		ELSE
			SET v_raw = CONCAT(v_raw, ', COALESCE(', migration_expand(c.note_if, v_db, v_table), ', FALSE) AS `mig_if_', c.col, '`, CAST(', migration_expand(c.note_was, v_db, v_table), ' AS CHAR(2000)) AS `mig_was_', c.col, '`');
			SET v_notes = CONCAT(v_notes, ' UNION ALL SELECT r.mig_key, ''', c.col, ''', r.`mig_was_', c.col, '`, ', IF(c.col = 'client_token', QUOTE(c.note_text), CONCAT('CONCAT(', QUOTE(c.note_text), ', '' ('', COALESCE(CAST(', v_final, ' AS CHAR(100)), ''empty''), '')'')')), ' FROM mig_raw r WHERE r.`mig_if_', c.col, '`');
		END IF;
		IF NOT FIND_IN_SET(c.col, v_pk) THEN
			-- The trigger of agents keeps this date itself: it tells no two rows apart.
			IF NOT (v_target = 'agents' AND c.col = 'updated_at') THEN
				-- Texts to the letter: their collation takes A for a.
				SET v_same = CONCAT_WS(' AND ', NULLIF(v_same, ''), IF(c.cs IS NULL, CONCAT('t.', v_name, ' <=> b.', v_name), CONCAT('BINARY t.', v_name, ' <=> BINARY b.', v_name)));
			END IF;
			SET v_set = CONCAT_WS(', ', NULLIF(v_set, ''), IF(v_mode = 'update', CONCAT('t.', v_name, ' = b.', v_name), CONCAT(v_name, ' = VALUES(', v_name, ')')));
		ELSE
			SET v_on = CONCAT_WS(' AND ', NULLIF(v_on, ''), CONCAT('t.', v_name, ' = b.', v_name));
			SET v_sib = CONCAT(v_sib, ', COALESCE(', migration_sib_sql(migration_expand(c.expr, v_db, v_table), c.kind, c.t), ', '''')');
		END IF;
		IF migration_is_compared(v_target, c.col) THEN
			SET v_row = CONCAT(v_row, ', COALESCE(CAST(x.', v_name, ' AS BINARY), 0x00)');
			SET v_each = CONCAT(v_each, ' UNION ALL SELECT b.mig_key, ''', c.col, ''', CAST(b.', v_name, ' AS CHAR(2000)), CAST(t.', v_name, ' AS CHAR(2000)) FROM mig_differ b JOIN ', v_target, ' t ON {on} WHERE NOT (', IF(c.cs IS NULL, '', 'BINARY '), 't.', v_name, ' <=> ', IF(c.cs IS NULL, '', 'BINARY '), 'b.', v_name, ')');
		END IF;
	END FOR;
	SET v_list = CONCAT('`', REPLACE(v_pk, ',', '`, `'), '`');
	SET v_id_is_key = EXISTS (SELECT 1 FROM information_schema.STATISTICS i WHERE i.TABLE_SCHEMA = DATABASE() AND i.TABLE_NAME = v_target AND i.INDEX_NAME = 'PRIMARY' AND i.COLUMN_NAME = 'id' AND i.SEQ_IN_INDEX = 1);
	SET v_hash = migration_key_sql(v_pk, 'b');
	SET v_room = IF(v_mode = 'update' AND v_pk = 'id', migration_room_sql(v_target, p_rule), NULL);
	SET v_row = CONCAT('CAST(CONV(LEFT(MD5(CONCAT_WS(0x1F', v_row, ')), 13), 16, 10) AS UNSIGNED)');
	SET @migration_is_there = CONCAT('t.`', SUBSTRING_INDEX(v_pk, ',', 1), '` IS NOT NULL');
	UPDATE migration_rules SET
		sql_last = IF(v_mode = 'last', CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_last AS SELECT b.* FROM (SELECT n.*, ROW_NUMBER() OVER (PARTITION BY ', v_list, ' ORDER BY n.mig_seq DESC) AS mig_rn FROM mig_new n) b WHERE b.mig_rn = 1'), NULL),
		sib = IF(v_pk LIKE '%,%', CONCAT('CONCAT_WS(''|''', v_sib, ')'), NULL),
		sql_sums = CONCAT('SELECT COUNT(*), COALESCE(SUM(', @migration_is_there, '), 0), COALESCE(BIT_XOR(', REPLACE(v_row, 'x.`', 'b.`'), '), 0), COALESCE(BIT_XOR(IF(', @migration_is_there, ', ', REPLACE(v_row, 'x.`', 't.`'),
			', 0)), 0) INTO @migration_b, @migration_t, @migration_b_sum, @migration_t_sum FROM mig_new b LEFT JOIN ', v_target, ' t ON ', v_on),
		sql_suspects = CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_differ AS SELECT b.* FROM mig_new b LEFT JOIN ', v_target, ' t ON ', v_on, ' WHERE NOT (', @migration_is_there, ' AND ', REPLACE(v_row, 'x.`', 'b.`'), ' = ', REPLACE(v_row, 'x.`', 't.`'), ')'),
		sql_differences = CONCAT('INSERT INTO migration_differences (rule, source_table, source_key, col, expected, found) SELECT ''', p_rule, ''', ', QUOTE(v_table), ', d.k, d.c, d.a, d.b FROM (SELECT b.mig_key AS k, CAST('''' AS CHAR(64)) AS c, CAST(''a row'' AS CHAR(2000)) AS a, CAST(NULL AS CHAR(2000)) AS b FROM mig_differ b WHERE NOT EXISTS (SELECT 1 FROM ', v_target, ' t WHERE ', v_on, ')',
			REPLACE(v_each, '{on}', v_on), ') d ON DUPLICATE KEY UPDATE expected = VALUES(expected), found = VALUES(found)'),
		sql_expired = CONCAT('DELETE b FROM mig_new b LEFT JOIN ', v_target, ' t ON ', v_on, ' WHERE (', expires, ') AND NOT (', @migration_is_there, ')'),
		sql_raw = CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_raw AS SELECT ', v_key, ' AS mig_key, COALESCE(', COALESCE(migration_expand(v_left, v_db, v_table), 'FALSE'), ', FALSE) AS mig_left', v_raw,
			' FROM /*keys*/ ', v_src, COALESCE(CONCAT(' ', migration_expand(v_joins, v_db, v_table)), ''), ' WHERE '),
		sql_bad = CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_bad AS SELECT x.* FROM (SELECT r.mig_key, ', IF(v_bad = '', 'CAST(NULL AS CHAR(500))', CONCAT('LEFT(CASE', v_bad, ' END, 500)')), ' AS reason FROM mig_raw r) x WHERE x.reason IS NOT NULL'),
		sql_new = CONCAT('INSERT INTO mig_new (mig_seq, mig_key, ', v_cols, ') SELECT ROW_NUMBER() OVER (ORDER BY r.mig_key), CAST(r.mig_key AS CHAR(255)), ', v_new, ' FROM mig_raw r'),
		sql_notes = CONCAT('INSERT INTO migration_notes (rule, source_table, source_key, col, value, done) SELECT ''', p_rule, ''', ', QUOTE(v_table), ', CAST(n.k AS CHAR(255)), n.c, n.v, LEFT(n.d, 200) FROM (SELECT NULL AS k, '''' AS c, CAST('''' AS CHAR(2000)) AS v, CAST('''' AS CHAR(300)) AS d FROM DUAL WHERE FALSE', v_notes,
			') n ON DUPLICATE KEY UPDATE value = VALUES(value), done = VALUES(done)'),
		sql_count = CONCAT('SELECT COUNT(*) INTO @migration_n FROM (SELECT DISTINCT ', v_list, ' FROM mig_new) b WHERE NOT EXISTS (SELECT 1 FROM ', v_target, ' t WHERE ', v_on, ')'),
		sql_out = CASE v_mode WHEN 'replace' THEN CONCAT('DELETE t FROM ', v_target, ' t JOIN mig_new b ON ', v_on, ' WHERE NOT (', v_same, ')')
			WHEN 'update' THEN CONCAT('UPDATE ', v_target, IF(v_room IS NULL, ' t JOIN mig_new b ON ', ' t STRAIGHT_JOIN mig_new b ON '), v_on, ' SET ', v_set, ' WHERE NOT (', v_same, ')')
			-- What has another natural key now, where its id is a key too, would be taken for the row that it was.
			WHEN 'last' THEN IF(v_id_is_key AND FIND_IN_SET('`id`', REPLACE(v_cols, ' ', '')), CONCAT('DELETE t FROM ', v_target, ' t JOIN mig_new b ON t.id = b.id WHERE NOT (', v_on, ')'), NULL) END,
		sql_in = CONCAT('INSERT INTO ', v_target, ' (', v_cols, ') SELECT ', v_cols, ' FROM ', IF(v_mode = 'last', CONCAT('(SELECT n.*, ROW_NUMBER() OVER (PARTITION BY ', v_list, ' ORDER BY n.mig_seq DESC) AS mig_rn FROM mig_new n) b WHERE b.mig_rn = 1'), 'mig_new b'),
			IF(v_mode IN ('replace', 'update'), CONCAT(' WHERE NOT EXISTS (SELECT 1 FROM ', v_target, ' t WHERE ', v_on, ')'), ''),
			' ORDER BY b.mig_seq', IF(v_mode = 'last', CONCAT(' ON DUPLICATE KEY UPDATE ', v_set), '')),
		sql_room = IF(v_room IS NULL, NULL, CONCAT('UPDATE ', v_target, ' t STRAIGHT_JOIN mig_new b ON ', v_on, v_room)),
		sql_keys = IF(v_yields IS NOT NULL OR EXISTS (SELECT 1 FROM migration_rules y WHERE y.yields_to = p_rule AND y.state <> 'absent'), CONCAT('INSERT IGNORE INTO migration_taken (rule, k, source_key) SELECT ''', p_rule, ''', ', v_hash, ', b.mig_key FROM mig_new b'), NULL),
		sql_taken = IF(v_yields IS NOT NULL, CONCAT('DELETE b FROM mig_new b JOIN migration_taken k ON k.rule = ''', v_yields, ''' AND k.k = ', v_hash), NULL),
		sql_moved = IF(v_pk LIKE '%,%' AND FIND_IN_SET('id', v_pk), CONCAT('REPLACE INTO migration_moved (target, id, k) SELECT ''', v_target, ''', b.id, ', v_hash, ' FROM mig_new b WHERE NOT EXISTS (SELECT 1 FROM ', v_target, ' t WHERE ', v_on, ')'), NULL),
		sql_row = CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_new ', IF(v_room IS NULL, '', '(KEY (id)) '), 'AS SELECT CAST(0 AS UNSIGNED) AS mig_seq, CAST('''' AS CHAR(255)) AS mig_key, ', v_cols, ' FROM ', v_target, ' WHERE FALSE')
	WHERE rule = p_rule;
END //

DELIMITER ;
