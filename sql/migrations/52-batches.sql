-- A pass, taken on by one batch at a time. A batch is read outside of the transaction (READ COMMITTED: the source's writers wait
-- for nothing), then rejects, notes, rows and the checkpoint are written in one. A batch that fails as a whole is done again in
-- parts, and the row that cannot be kept is rejected with the server's words.

DELIMITER //

-- Names and addresses that change hands are let go. The target comes first in both statements (40-compile.sql) and would be read
-- whole for a few rows: they are told its keys.
CREATE OR REPLACE PROCEDURE migration_let_go(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_target VARCHAR(64), p_room LONGTEXT, INOUT p_out LONGTEXT)
MODIFIES SQL DATA
BEGIN
	EXECUTE IMMEDIATE 'SELECT IF(COUNT(*) > 2000, '''', CONCAT('' AND t.id IN ('', COALESCE(GROUP_CONCAT(DISTINCT QUOTE(CAST(b.id AS CHAR))), ''NULL''), '')'')) INTO @migration_ids FROM mig_new b';
	EXECUTE IMMEDIATE CONCAT(p_room, @migration_ids);
	SET p_out = CONCAT(p_out, @migration_ids);
	CALL migration_refuse_taken(p_rule, p_target);
END //

-- A name that another row here has, or two rows of mig_new: said before anything is written. What a key refuses in an UPDATE of two
-- tables whose target has a trigger before it is fatal to the server: no handler is told of it, and it would be met again for ever.
CREATE OR REPLACE PROCEDURE migration_refuse_taken(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_target VARCHAR(64))
MODIFIES SQL DATA
BEGIN
	DECLARE v_text VARCHAR(500);
	FOR u IN (SELECT i.INDEX_NAME AS name, GROUP_CONCAT(CONCAT('b.', migration_quote(i.COLUMN_NAME)) ORDER BY i.SEQ_IN_INDEX) AS cols, GROUP_CONCAT(CONCAT('t.', migration_quote(i.COLUMN_NAME), ' = b.', migration_quote(i.COLUMN_NAME)) SEPARATOR ' AND ') AS same, COUNT(*) = COUNT(m.col) AS is_ours
		FROM information_schema.STATISTICS i LEFT JOIN migration_columns m ON m.rule = p_rule AND m.col = i.COLUMN_NAME
		WHERE i.TABLE_SCHEMA = DATABASE() AND i.TABLE_NAME = p_target AND i.NON_UNIQUE = 0 AND i.INDEX_NAME <> 'PRIMARY' GROUP BY i.INDEX_NAME) DO
		SET @migration_taken = NULL;
		IF u.is_ours THEN
			EXECUTE IMMEDIATE CONCAT('SELECT MIN(CONCAT_WS(''-'', ', u.cols, ')) INTO @migration_taken FROM mig_new b STRAIGHT_JOIN ', p_target, ' t ON ', u.same, ' WHERE t.id <> b.id');
		END IF;
		IF u.is_ours AND @migration_taken IS NULL THEN
			EXECUTE IMMEDIATE CONCAT('SELECT MIN(x.taken) INTO @migration_taken FROM (SELECT CONCAT_WS(''-'', ', u.cols, ') AS taken FROM mig_new b WHERE NOT ISNULL(CONCAT(', u.cols, ')) GROUP BY ', u.cols, ' HAVING COUNT(DISTINCT b.id) > 1) x');
		END IF;
		IF @migration_taken IS NOT NULL THEN
			SET v_text = CONCAT('Duplicate entry ''', LEFT(@migration_taken, 300), ''' for key ''', u.name, '''');
			SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1062, MESSAGE_TEXT = v_text;
		END IF;
	END FOR;
END //

-- What is in mig_raw, taken in or rejected. p_error: the server's words when it could not be.
CREATE OR REPLACE PROCEDURE migration_take(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, OUT p_new BIGINT, OUT p_changed BIGINT, OUT p_error VARCHAR(500))
MODIFIES SQL DATA
BEGIN
	DECLARE v_table, v_target, v_key, v_db, v_mode VARCHAR(64);
	DECLARE v_bad, v_new, v_notes, v_count, v_out, v_in, v_row, v_keys, v_taken, v_moved, v_room, v_sql LONGTEXT;
	DECLARE v_errno INT DEFAULT 0;
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
	SELECT r.source_table, r.target, r.key_col, u.source_db, r.mode, r.sql_bad, r.sql_new, r.sql_notes, r.sql_count, r.sql_out, r.sql_in, r.sql_row, r.sql_keys, r.sql_taken, r.sql_moved, r.sql_room
	INTO v_table, v_target, v_key, v_db, v_mode, v_bad, v_new, v_notes, v_count, v_out, v_in, v_row, v_keys, v_taken, v_moved, v_room
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
	SELECT COUNT(*) INTO @migration_bad FROM mig_bad;
	IF @migration_bad > 0 THEN
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
	IF v_room IS NOT NULL THEN CALL migration_let_go(p_rule, v_target, v_room, v_out); END IF;
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

-- What is in mig_raw, without what is left behind: how many rows stay, how many were left.
CREATE OR REPLACE PROCEDURE migration_leave(OUT p_ok BIGINT, OUT p_left BIGINT)
MODIFIES SQL DATA
BEGIN
	SELECT COUNT(*), COALESCE(SUM(mig_left), 0) INTO p_ok, p_left FROM mig_raw;
	IF p_left > 0 THEN
		DELETE FROM mig_raw WHERE mig_left;
	END IF;
	SET p_ok = p_ok - p_left;
END //

-- What is in mig_raw, taken in: at once, or in parts if it cannot be. p_rejects_was: how many were rejected before, counted then.
CREATE OR REPLACE PROCEDURE migration_take_all(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, OUT p_new BIGINT, OUT p_changed BIGINT, OUT p_error VARCHAR(500), INOUT p_rejects_was BIGINT)
MODIFIES SQL DATA
BEGIN
	SET SESSION sql_mode = '';
	EXECUTE IMMEDIATE 'CREATE OR REPLACE TEMPORARY TABLE mig_all (KEY (mig_n)) AS SELECT r.*, ROW_NUMBER() OVER (ORDER BY r.mig_key) AS mig_n FROM mig_raw r';
	SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
	CALL migration_take(p_rule, p_new, p_changed, p_error);
	IF p_error IS NOT NULL THEN
		SELECT COUNT(*) INTO p_rejects_was FROM migration_rejects WHERE rule = p_rule;
		CALL migration_take_parts(p_rule, p_new, p_changed);
	END IF;
END //

-- Where a rule begins that is waiting for this pass.
CREATE OR REPLACE PROCEDURE migration_begin_rule(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_rows INT, INOUT p_lo VARCHAR(512))
MODIFIES SQL DATA
BEGIN
	DECLARE v_table, v_db, v_key, v_pass_kind VARCHAR(64);
	DECLARE v_last VARCHAR(512);
	DECLARE v_is_log BOOLEAN;
	DECLARE v_pass INT;
	SELECT r.source_table, u.source_db, r.key_col, u.pass_kind, u.pass, r.last_key, r.is_log AND r.key_kind = 'num'
	INTO v_table, v_db, v_key, v_pass_kind, v_pass, v_last, v_is_log FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	CALL migration_prepare(p_rule);
	-- A sample of a log is its newest rows.
	IF v_pass_kind = 'sample' AND v_is_log THEN
		EXECUTE IMMEDIATE CONCAT('SELECT MIN(x.k) - 1 INTO @migration_lo FROM (SELECT s.`', REPLACE(v_key, '`', '``'), '` AS k FROM `', REPLACE(v_db, '`', '``'), '`.`', REPLACE(v_table, '`', '``'), '` s ORDER BY 1 DESC LIMIT ', 2 * p_rows, ') x');
		SET p_lo = @migration_lo;
	END IF;
	-- A log that was read once is read on from a little before where it ended: ids are given before commits.
	-- The final pass reads all of it: how many ids lie between says nothing of how many rows.
	IF v_pass > 0 AND v_pass_kind <> 'final' AND v_is_log AND v_last IS NOT NULL THEN
		SET p_lo = GREATEST(CAST(v_last AS SIGNED) - 20000, -1);
	END IF;
END //

-- On a quick pass only what has a newer date, where the table has one that tells; else NULL.
CREATE OR REPLACE FUNCTION migration_newer_sql(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin) RETURNS TEXT
READS SQL DATA
BEGIN
	DECLARE v_table, v_db, v_changed, v_day VARCHAR(64);
	DECLARE v_filter TEXT;
	DECLARE v_is_log BOOLEAN;
	DECLARE v_watermark TIMESTAMP;
	DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
	SELECT r.source_table, u.source_db, r.changed_col, r.day_col, r.is_log AND r.key_kind <> 'num', u.watermark
	INTO v_table, v_db, v_changed, v_day, v_is_log, v_watermark FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule AND u.pass > 0 AND u.pass_kind = 'quick';
	IF v_changed IS NOT NULL THEN
		SET v_filter = CONCAT('s.`', v_changed, '` >= ''', v_watermark - INTERVAL 5 MINUTE, '''');
	ELSEIF v_is_log THEN
		SELECT CONCAT(migration_expand(expr, v_db, v_table), ' >= ''', v_watermark - INTERVAL 15 MINUTE, '''') INTO v_filter FROM migration_columns WHERE rule = p_rule AND col = v_day;
	END IF;
	IF p_rule = 'instances' AND v_filter IS NOT NULL THEN
		SET v_filter = CONCAT(v_filter, ' OR (pr.instance_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM instances t WHERE t.id = pr.instance_id AND t.is_primary))');
	END IF;
	RETURN v_filter;
END //

-- The rows of a rule from p_lo (not it) to p_hi, which are p_n, taken in as one transaction; and how far the rule is then.
-- p_is_old: they were read before, in another pass.
CREATE OR REPLACE PROCEDURE migration_batch(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_lo VARCHAR(512), p_hi VARCHAR(512), p_n BIGINT, p_rows INT, p_is_old BOOLEAN)
MODIFIES SQL DATA
BEGIN
	DECLARE v_key, v_pass_kind VARCHAR(64);
	DECLARE v_raw LONGTEXT;
	DECLARE v_filter TEXT DEFAULT migration_newer_sql(p_rule);
	DECLARE v_pass INT;
	DECLARE v_left, v_ok, v_new, v_changes, v_rejects, v_rejects_was BIGINT DEFAULT 0;
	DECLARE v_error VARCHAR(500);
	DECLARE v_t0 DOUBLE DEFAULT UNIX_TIMESTAMP(SYSDATE(3));
	SELECT CONCAT('s.`', REPLACE(r.key_col, '`', '``'), '`'), r.sql_raw, u.pass, u.pass_kind INTO v_key, v_raw, v_pass, v_pass_kind FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	SET SESSION sql_mode = '';
	EXECUTE IMMEDIATE CONCAT(v_raw, IF(p_lo IS NULL, '', CONCAT(v_key, ' > ', p_lo, ' AND ')), v_key, ' <= ', p_hi, COALESCE(CONCAT(' AND (', v_filter, ')'), ''));
	CALL migration_leave(v_ok, v_left);
	SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
	START TRANSACTION;
	IF v_pass > 0 THEN
		SELECT COUNT(*) INTO v_rejects_was FROM migration_rejects WHERE rule = p_rule;
	END IF;
	SET @migration_bad = 0;
	IF v_ok > 0 AND v_pass_kind = 'quick' AND (SELECT log_state <> 'none' FROM migration_run) THEN
		-- Of a log table this pass reads the end alone, and when the change log comes to these rows they are no news any more.
		CREATE OR REPLACE TEMPORARY TABLE mig_due (tab VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, k VARCHAR(255) COLLATE utf8mb4_bin NOT NULL, PRIMARY KEY (tab, k)) AS SELECT DISTINCT r.source_table AS tab, IF(r.key_kind = 'bin', HEX(w.mig_key), CAST(w.mig_key AS CHAR(255))) AS k FROM mig_raw w JOIN migration_rules r ON r.rule = p_rule;
		CALL migration_take_and_tell(p_rule, v_new, v_changes, v_error, v_rejects_was);
	ELSEIF v_ok > 0 THEN
		CALL migration_take_all(p_rule, v_new, v_changes, v_error, v_rejects_was);
	END IF;
	-- Counted only where it must be: there may be very many.
	IF v_pass = 0 AND v_error IS NULL THEN
		SET v_rejects = @migration_bad;
	ELSE
		SELECT COUNT(*) INTO v_rejects FROM migration_rejects WHERE rule = p_rule;
	END IF;
	UPDATE migration_rules SET cursor_key = p_hi, pass_read = pass_read + IF(v_filter IS NULL, v_ok + v_left, p_n),
		last_key = IF(p_is_old AND key_kind = 'num' AND is_log, last_key, p_hi),
		rows_read = rows_read + IF(p_is_old, v_new + v_rejects - v_rejects_was, v_ok + v_left),
		rows_migrated = rows_migrated + v_new,
		rows_changed = rows_changed + IF(v_pass > 0, v_changes, 0),
		rows_left = rows_left + IF(p_is_old, 0, v_left),
		rows_merged = rows_merged + IF(p_is_old, 0, v_ok - v_new - (v_rejects - v_rejects_was)),
		busy_ms = busy_ms + (UNIX_TIMESTAMP(SYSDATE(3)) - v_t0) * 1000
	WHERE rule = p_rule;
	-- Parents are sampled whole: what hangs on them is judged by them.
	UPDATE migration_rules SET state = 'copied' WHERE rule = p_rule AND v_pass_kind = 'sample' AND pass_read >= 2 * p_rows
		AND target NOT IN ('clients', 'users', 'spot_pools', 'agents');
	COMMIT;
END //

-- One batch of the next rule that has something left, and where it stands after it. rule is NULL
-- when all is done.
CREATE OR REPLACE PROCEDURE migration_step(p_rows INT)
MODIFIES SQL DATA
step: BEGIN
	DECLARE v_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin;
	DECLARE v_state, v_mode, v_table, v_pass_kind VARCHAR(64);
	DECLARE v_lo, v_hi, v_last VARCHAR(512);
	DECLARE v_is_log, v_is_old BOOLEAN; -- a log: one whose key is a number
	DECLARE v_pass INT;
	DECLARE v_n BIGINT DEFAULT 0;
	DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
	DECLARE EXIT HANDLER FOR SQLEXCEPTION
	BEGIN
		ROLLBACK;
		RESIGNAL;
	END;
	SELECT r.rule, r.state, r.mode, r.source_table, r.cursor_key, r.last_key, r.is_log AND r.key_kind = 'num', u.pass, u.pass_kind
	INTO v_rule, v_state, v_mode, v_table, v_lo, v_last, v_is_log, v_pass, v_pass_kind
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
		CALL migration_begin_rule(v_rule, p_rows, v_lo);
	END IF;
	SET v_is_old = v_pass > 0 AND NOT (v_is_log AND (v_last IS NULL OR COALESCE(CAST(v_lo AS SIGNED) >= CAST(v_last AS SIGNED), FALSE)));
	SET @migration_is_old = v_is_old;
	CALL migration_next(v_rule, v_lo, IF(v_is_old AND v_is_log, v_last, NULL), p_rows);
	SET v_hi = @migration_hi, v_n = @migration_n;
	IF v_n = 0 THEN
		START TRANSACTION;
		UPDATE migration_rules SET state = IF(v_is_old AND v_is_log, state, 'copied'), cursor_key = IF(v_is_old AND v_is_log, v_last, cursor_key),
			source_rows = IF(v_pass_kind <> 'sample' AND (pass_read > source_rows OR v_pass = 0), pass_read, source_rows) WHERE rule = v_rule;
		COMMIT;
	ELSE
		CALL migration_batch(v_rule, v_lo, v_hi, v_n, p_rows, v_is_old);
	END IF;
	SELECT v_rule AS rule, v_table AS source_table, (SELECT SUM(pass_read) FROM migration_rules) AS done_rows,
		(SELECT SUM(GREATEST(source_rows, pass_read)) FROM migration_rules WHERE state <> 'absent' AND mode <> 'pools') AS total_rows, v_pass AS pass;
END //

DELIMITER ;
