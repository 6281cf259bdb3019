-- Source against target: what the rule makes of each row of the source, beside the row that is here. By
-- ranges of the source's keys a count and a checksum of both sides; where these differ the rows are
-- suspects. Suspects are mapped again at the end, with all rows of the source that become the same row here:
-- a later one may have won, or the row may have changed between two looks. What differs then is a difference.
-- Nothing is written but migration_ranges, migration_suspects and migration_differences.

DELIMITER //

-- p_changed: of the last comparison, the ranges in which nothing has been taken over since stand as they are; what differed
-- stays a suspect.
CREATE OR REPLACE PROCEDURE migration_compare_begin(p_changed BOOLEAN)
MODIFIES SQL DATA
BEGIN
	IF NOT EXISTS (SELECT 1 FROM migration_run WHERE pass > 0 OR watermark IS NOT NULL) THEN
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'the copy has not ended: run db migrate without --compare first';
	END IF;
	CALL migration_session();
	IF p_changed AND EXISTS (SELECT 1 FROM migration_rules WHERE compare_state = 'read') AND NOT EXISTS (SELECT 1 FROM migration_rules WHERE compare_state IN ('waiting', 'going')) AND (SELECT log_state <> 'none' OR is_done FROM migration_run) THEN
		UPDATE migration_rules SET compare_state = 'waiting', compare_key = NULL WHERE compare_state = 'read';
		UPDATE migration_rules r SET compare_n = 0 WHERE compare_state = 'waiting';
	ELSEIF p_changed THEN
		SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'only what a followed source has changed can be told apart, since a whole comparison: run --follow and --compare first';
	ELSE
		DELETE FROM migration_ranges;
		DELETE FROM migration_suspects;
		UPDATE migration_rules SET compare_n = NULL;
	END IF;
	DELETE FROM migration_differences;
	UPDATE migration_rules SET compare_state = IF(state = 'absent' OR mode = 'pools', 'none', 'waiting'), compare_key = NULL;
END //

-- mig_raw as the rows that should be here (mig_new): without those that were rejected, that yield to another
-- rule, or that a later row of the same natural key replaces. p_rejected, p_left: how many of them.
CREATE OR REPLACE PROCEDURE migration_map(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, OUT p_rejected BIGINT, OUT p_left BIGINT, OUT p_merged BIGINT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_row, v_new, v_bad, v_taken, v_last LONGTEXT;
	DECLARE v_yields BOOLEAN;
	DECLARE v_n BIGINT;
	SELECT sql_row, sql_new, sql_bad, sql_taken, sql_last, yields_to IS NOT NULL INTO v_row, v_new, v_bad, v_taken, v_last, v_yields FROM migration_rules WHERE rule = p_rule;
	SET SESSION sql_mode = '';
	DELETE FROM mig_raw WHERE mig_left;
	SET p_left = ROW_COUNT();
	EXECUTE IMMEDIATE v_bad;
	DELETE r FROM mig_raw r WHERE r.mig_key IN (SELECT b.mig_key FROM mig_bad b);
	SET p_rejected = ROW_COUNT();
	DELETE r FROM mig_raw r JOIN migration_rejects x ON x.rule = p_rule AND x.source_key = CAST(r.mig_key AS CHAR(255)) COLLATE utf8mb4_bin;
	SET p_rejected = p_rejected + ROW_COUNT(), p_merged = 0;
	EXECUTE IMMEDIATE v_row;
	EXECUTE IMMEDIATE v_new;
	IF v_yields AND v_taken IS NOT NULL THEN
		EXECUTE IMMEDIATE v_taken;
		SET p_merged = ROW_COUNT();
	END IF;
	IF v_last IS NOT NULL THEN
		SELECT COUNT(*) INTO v_n FROM mig_new;
		EXECUTE IMMEDIATE v_last;
		DROP TEMPORARY TABLE mig_new;
		ALTER TABLE mig_last DROP COLUMN mig_rn, RENAME TO mig_new;
		SET p_merged = p_merged + v_n - (SELECT COUNT(*) FROM mig_new);
	END IF;
	SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
END //

CREATE OR REPLACE PROCEDURE migration_compare_range(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_n INT, p_lo VARCHAR(512), p_hi VARCHAR(512))
MODIFIES SQL DATA
BEGIN
	DECLARE v_raw, v_expired, v_sums, v_suspects LONGTEXT;
	DECLARE v_key VARCHAR(200);
	DECLARE v_rejected, v_left, v_merged, v_gone BIGINT DEFAULT 0;
	SELECT sql_raw, sql_expired, sql_sums, sql_suspects, CONCAT('s.`', REPLACE(key_col, '`', '``'), '`') INTO v_raw, v_expired, v_sums, v_suspects, v_key FROM migration_rules WHERE rule = p_rule;
	SET SESSION sql_mode = '';
	EXECUTE IMMEDIATE CONCAT(v_raw, IF(p_lo IS NULL, '', CONCAT(v_key, ' > ', p_lo, ' AND ')), v_key, ' <= ', p_hi);
	CALL migration_map(p_rule, v_rejected, v_left, v_merged);
	EXECUTE IMMEDIATE v_sums;
	IF v_expired IS NOT NULL AND @migration_b > @migration_t THEN
		EXECUTE IMMEDIATE v_expired;
		SET v_gone = ROW_COUNT();
		IF v_gone > 0 THEN EXECUTE IMMEDIATE v_sums; END IF;
	END IF;
	IF @migration_b <> @migration_t OR @migration_b_sum <> @migration_t_sum THEN
		EXECUTE IMMEDIATE v_suspects;
		INSERT IGNORE INTO migration_suspects (rule, source_key) SELECT p_rule, CAST(mig_key AS CHAR(255)) FROM mig_differ;
	END IF;
	IF p_n IS NOT NULL THEN
		REPLACE INTO migration_ranges (rule, n, lo, hi, rows_source, rows_target, sum_source, sum_target, rejected, left_out, expired, merged)
		VALUES (p_rule, p_n, p_lo, p_hi, @migration_b, @migration_t, @migration_b_sum, @migration_t_sum, v_rejected, v_left, v_gone, v_merged);
	ELSE
		INSERT INTO migration_ranges (rule, n, lo, hi, rows_source, rows_target, sum_source, sum_target, rejected, left_out, expired, merged)
		SELECT p_rule, COALESCE(MAX(n), 0) + 1, p_lo, p_hi, @migration_b, @migration_t, @migration_b_sum, @migration_t_sum, v_rejected, v_left, v_gone, v_merged FROM migration_ranges WHERE rule = p_rule;
	END IF;
END //

-- The rows of the source whose keys stand in mig_keys, as mig_raw. p_sibs: also those that become the same row as one
-- of them, or as one of mig_sibs; mig_keys has them then.
CREATE OR REPLACE PROCEDURE migration_raw_of_keys(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_sibs BOOLEAN)
MODIFIES SQL DATA
BEGIN
	DECLARE v_raw, v_sib LONGTEXT;
	DECLARE v_key, v_src VARCHAR(200);
	SELECT r.sql_raw, IF(r.mode = 'last', r.sib, NULL), CONCAT('s.`', REPLACE(r.key_col, '`', '``'), '`'), CONCAT('`', REPLACE(u.source_db, '`', '``'), '`.`', REPLACE(r.source_table, '`', '``'), '` s')
	INTO v_raw, v_sib, v_key, v_src FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	SET SESSION sql_mode = '';
	IF v_sib IS NOT NULL AND p_sibs THEN
		-- One look through the table for all of them: such a key has no index in the field.
		EXECUTE IMMEDIATE CONCAT('INSERT IGNORE INTO mig_sibs (sib) SELECT DISTINCT LEFT(', v_sib, ', 400) FROM mig_keys mk STRAIGHT_JOIN ', v_src, ' WHERE ', v_key, ' = mk.k');
		EXECUTE IMMEDIATE CONCAT('INSERT IGNORE INTO mig_keys SELECT ', v_key, ' FROM ', v_src, ' STRAIGHT_JOIN mig_sibs g WHERE g.sib = CONVERT(LEFT(', v_sib, ', 400) USING utf8mb4) COLLATE utf8mb4_bin');
	END IF;
	EXECUTE IMMEDIATE CONCAT(REPLACE(v_raw, '/*keys*/', 'mig_keys mk STRAIGHT_JOIN'), v_key, ' = mk.k');
	SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
END //

-- An empty mig_keys of the type of a rule's key.
CREATE OR REPLACE PROCEDURE migration_keys_for(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DECLARE v_sql TEXT;
	SELECT CONCAT('CREATE OR REPLACE TEMPORARY TABLE mig_keys (UNIQUE KEY (k)) AS SELECT s.`', REPLACE(r.key_col, '`', '``'), '` AS k FROM `', REPLACE(u.source_db, '`', '``'), '`.`', REPLACE(r.source_table, '`', '``'), '` s WHERE FALSE')
	INTO v_sql FROM migration_rules r JOIN migration_run u WHERE r.rule = p_rule;
	EXECUTE IMMEDIATE v_sql;
END //

-- Whether the primaries that the rule of instances goes by are those that the source says now.
CREATE OR REPLACE PROCEDURE migration_compare_primaries()
MODIFIES SQL DATA
IF EXISTS (SELECT 1 FROM migration_rules WHERE rule = 'instances' AND state <> 'absent') THEN
	CREATE OR REPLACE TEMPORARY TABLE mig_primaries (agent_id UUID NOT NULL PRIMARY KEY, instance_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL);
	SET SESSION sql_mode = '';
	SET @migration_sql = migration_primaries_sql('mig_primaries', FALSE);
	EXECUTE IMMEDIATE @migration_sql;
	INSERT IGNORE INTO migration_differences (rule, source_table, source_key, col, expected, found)
	SELECT r.rule, r.source_table, n.instance_id, 'is_primary', 1, 0 FROM mig_primaries n JOIN migration_rules r ON r.rule = 'instances' LEFT JOIN migration_primaries p ON p.agent_id = n.agent_id AND p.instance_id = n.instance_id WHERE p.agent_id IS NULL;
	INSERT IGNORE INTO migration_differences (rule, source_table, source_key, col, expected, found)
	SELECT r.rule, r.source_table, p.instance_id, 'is_primary', 0, 1 FROM migration_primaries p JOIN migration_rules r ON r.rule = 'instances' LEFT JOIN mig_primaries n ON n.agent_id = p.agent_id AND n.instance_id = p.instance_id WHERE n.agent_id IS NULL;
	SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
END IF //

-- The suspects of a rule, 2,000 at a time; what is still not the same stays one and is a difference. Of very many
-- differences the first are enough to say what is wrong.
CREATE OR REPLACE PROCEDURE migration_recheck_rule(p_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin, p_suspects LONGTEXT, p_differences LONGTEXT, p_expired LONGTEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_rejected, v_left, v_merged BIGINT;
	DECLARE v_last VARCHAR(255) CHARSET utf8mb4 COLLATE utf8mb4_bin DEFAULT '';
	WHILE v_last IS NOT NULL AND (SELECT COUNT(*) FROM migration_differences WHERE rule = p_rule) < 2000 DO
		CREATE OR REPLACE TEMPORARY TABLE mig_portion (source_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY);
		INSERT INTO mig_portion SELECT source_key FROM migration_suspects WHERE rule = p_rule AND (source_key > v_last OR v_last = '') ORDER BY source_key LIMIT 2000;
		SELECT IF(COUNT(*) < 2000, NULL, MAX(source_key)) INTO v_last FROM mig_portion;
		CALL migration_keys_for(p_rule);
		SET SESSION sql_mode = '';
		INSERT IGNORE INTO mig_keys SELECT source_key FROM mig_portion;
		CREATE OR REPLACE TEMPORARY TABLE mig_sibs (sib VARCHAR(400) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY);
		CALL migration_raw_of_keys(p_rule, TRUE);
		CALL migration_map(p_rule, v_rejected, v_left, v_merged);
		IF p_expired IS NOT NULL THEN EXECUTE IMMEDIATE p_expired; END IF;
		EXECUTE IMMEDIATE p_suspects;
		EXECUTE IMMEDIATE p_differences;
		DELETE s FROM mig_portion p STRAIGHT_JOIN migration_suspects s ON s.rule = p_rule AND s.source_key = p.source_key
		WHERE NOT EXISTS (SELECT 1 FROM migration_differences d WHERE d.rule = p_rule AND d.source_key = p.source_key);
	END WHILE;
END //

CREATE OR REPLACE PROCEDURE migration_recheck()
MODIFIES SQL DATA
BEGIN
	DELETE FROM migration_differences;
	FOR r IN (SELECT DISTINCT s.rule, u.sql_suspects, u.sql_differences, u.sql_expired FROM migration_suspects s JOIN migration_rules u ON u.rule = s.rule ORDER BY u.ord) DO
		CALL migration_recheck_rule(r.rule, r.sql_suspects, r.sql_differences, r.sql_expired);
	END FOR;
	CALL migration_compare_primaries();
	CALL migration_gone(TRUE);
END //

-- One range of the next rule; rule is NULL when all are read.
CREATE OR REPLACE PROCEDURE migration_compare_step(p_rows INT)
MODIFIES SQL DATA
step: BEGIN
	DECLARE v_rule VARCHAR(40) CHARSET ascii COLLATE ascii_bin;
	DECLARE v_table VARCHAR(64);
	DECLARE v_lo, v_hi VARCHAR(512);
	DECLARE v_n, v_was, v_done, v_total BIGINT;
	DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
	SELECT SUM(COALESCE(g.n, 0)), SUM(GREATEST(COALESCE(r.source_rows, 0), COALESCE(g.n, 0))) INTO v_done, v_total
	FROM migration_rules r LEFT JOIN (SELECT rule, SUM(rows_source + rejected + left_out + expired + merged) AS n FROM migration_ranges GROUP BY rule) g ON g.rule = r.rule WHERE r.compare_state <> 'none';
	SELECT r.rule, r.source_table, r.compare_key, r.compare_n INTO v_rule, v_table, v_lo, v_was FROM (SELECT 1 AS one) o LEFT JOIN migration_rules r ON r.compare_state IN ('waiting', 'going') ORDER BY r.ord LIMIT 1;
	IF v_rule IS NOT NULL AND v_was IS NOT NULL THEN
		-- The ranges of before that have changed; behind the last of them it goes on as at first.
		SELECT n, lo, hi INTO v_n, v_lo, v_hi FROM migration_ranges WHERE rule = v_rule AND is_changed ORDER BY n LIMIT 1;
		IF v_n IS NOT NULL THEN
			CALL migration_compare_range(v_rule, v_n, v_lo, v_hi);
		ELSE
			UPDATE migration_rules SET compare_n = NULL, compare_key = (SELECT g.hi FROM migration_ranges g WHERE g.rule = v_rule ORDER BY g.n DESC LIMIT 1) WHERE rule = v_rule;
		END IF;
	ELSEIF v_rule IS NOT NULL THEN
		CALL migration_next(v_rule, v_lo, NULL, p_rows);
		IF @migration_n > 0 THEN
			CALL migration_compare_range(v_rule, NULL, v_lo, @migration_hi);
		END IF;
		UPDATE migration_rules SET compare_state = IF(@migration_n < p_rows, 'read', 'going'), compare_key = @migration_hi WHERE rule = v_rule;
	END IF;
	SELECT v_rule AS rule, v_table AS source_table, v_done AS done_rows, v_total AS total_rows, 0 AS pass, (SELECT COUNT(*) FROM migration_suspects) AS n_suspects;
END //

DELIMITER ;
