-- Partitions: made for the days (months) that rows are about, and dropped by retention.
--
-- The parts of a table, by time: p_past | days and gaps | p_future. A day is p_YYYY_MM_DD, a month
-- p_YYYY_MM, all in UTC whatever the session's zone. g_YYYY_MM_DD is a gap: days between made ones
-- that nobody needed. p_past, p_future and gaps hold no rows in normal running; because they are
-- empty, making a day inside one (REORGANIZE) copies nothing. If rows got there, making their day
-- moves them out.

DELIMITER //

-- 'month' for system_events, 'day' for the price tables; anything else is refused.
CREATE OR REPLACE FUNCTION partition_unit(p_table LONGTEXT) RETURNS VARCHAR(5)
DETERMINISTIC
BEGIN
	DECLARE v_text VARCHAR(200);
	CASE BINARY p_table
		WHEN 'system_events' THEN RETURN 'month';
		WHEN 'spot_price_snapshots' THEN RETURN 'day';
		WHEN 'pricing_consolidated' THEN RETURN 'day';
		WHEN 'pricing_canonical' THEN RETURN 'day';
		ELSE
			SET v_text = CONCAT('not a table with partitions: ', COALESCE(LEFT(p_table, 64), 'NULL'));
			SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = v_text;
	END CASE;
END //

-- Seconds from 1970 to the start of a day, UTC.
CREATE OR REPLACE FUNCTION day_epoch(p_day DATE) RETURNS BIGINT
DETERMINISTIC
RETURN DATEDIFF(p_day, '1970-01-01') * 86400 //

CREATE OR REPLACE FUNCTION partition_part(p_name VARCHAR(64), p_bound BIGINT) RETURNS VARCHAR(128)
DETERMINISTIC
RETURN CONCAT('PARTITION ', p_name, ' VALUES LESS THAN ', IF(p_bound IS NULL, 'MAXVALUE', CONCAT('(', p_bound, ')'))) //

-- The parts that take the place of the one which holds p_day and ends at p_bound (NULL: nowhere), the one before ending at p_prev:
-- the rest before, all wanted days that are in it, the rest after. p_run: the day behind them.
CREATE OR REPLACE PROCEDURE partition_days(p_unit VARCHAR(5), p_day DATE, p_to DATE, p_prev BIGINT, p_bound BIGINT, OUT p_run DATE, OUT p_parts LONGTEXT)
NO SQL
BEGIN
	DECLARE v_next DATE;
	DECLARE v_n INT;
	SET p_parts = NULL, v_n = 0, p_run = p_day;
	IF NOT p_prev <=> day_epoch(p_day) THEN
		SET p_parts = partition_part(IF(p_prev IS NULL, 'p_past', DATE_FORMAT('1970-01-01' + INTERVAL p_prev DIV 86400 DAY, 'g_%Y_%m_%d')), day_epoch(p_day));
	END IF;
	WHILE p_run <= p_to AND v_n < 500 AND (p_bound IS NULL OR day_epoch(IF(p_unit = 'month', p_run + INTERVAL 1 MONTH, p_run + INTERVAL 1 DAY)) <= p_bound) DO
		SET v_next = IF(p_unit = 'month', p_run + INTERVAL 1 MONTH, p_run + INTERVAL 1 DAY);
		SET p_parts = CONCAT_WS(', ', p_parts, partition_part(DATE_FORMAT(p_run, IF(p_unit = 'month', 'p_%Y_%m', 'p_%Y_%m_%d')), day_epoch(v_next)));
		SET p_run = v_next, v_n = v_n + 1;
	END WHILE;
	IF v_n = 0 THEN
		CALL refuse(30001, 'partitions_ensure: the table has a partition that cuts through the wanted one; reorganize it by hand');
	END IF;
	IF p_bound IS NULL THEN
		SET p_parts = CONCAT_WS(', ', p_parts, partition_part('p_future', NULL));
	ELSEIF day_epoch(p_run) < p_bound THEN
		SET p_parts = CONCAT_WS(', ', p_parts, partition_part(DATE_FORMAT(p_run, 'g_%Y_%m_%d'), p_bound));
	END IF;
END //

-- Makes sure that each day from p_from to p_to (both included; their months for system_events) has a
-- partition of its own. Cheap when they are there. DDL: it ends the caller's transaction.
CREATE OR REPLACE PROCEDURE partitions_ensure(p_table LONGTEXT, p_from LONGTEXT, p_to LONGTEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_unit VARCHAR(5) DEFAULT partition_unit(p_table);
	DECLARE v_from, v_to, v_day, v_next, v_run DATE;
	DECLARE v_prev, v_bound, v_lo BIGINT;
	DECLARE v_host VARCHAR(64);
	DECLARE v_parts, v_sql LONGTEXT;
	DECLARE v_tries INT DEFAULT 0; -- that another node was faster
	{{undo_by({{unlock_partitions}})}};
	{{clock_true}};
	SET v_from = DATE(p_from), v_to = DATE(p_to);
	IF v_from IS NULL OR v_to IS NULL OR v_from > v_to OR v_from < '1970-01-02' OR v_to > {{last_day}} THEN
		CALL refuse(30003, 'partitions_ensure: the range of days is empty or outside of what a TIMESTAMP holds');
	ELSEIF DATEDIFF(v_to, v_from) > 8000 THEN -- a table takes 8,192 parts
		CALL refuse(30003, 'partitions_ensure: more than 8,000 days at once');
	END IF;
	{{lock_partitions('partitions_ensure')}};
	SET v_day = IF(v_unit = 'month', v_from - INTERVAL DAYOFMONTH(v_from) - 1 DAY, v_from);
	WHILE v_day <= v_to DO
		SET v_lo = day_epoch(v_day);
		SET v_next = IF(v_unit = 'month', v_day + INTERVAL 1 MONTH, v_day + INTERVAL 1 DAY);
		-- The partition that holds the day now, and where it starts and ends (NULL: no limit).
		SELECT MAX(CAST(PARTITION_DESCRIPTION AS SIGNED)) INTO v_prev FROM information_schema.PARTITIONS
		WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = p_table AND PARTITION_DESCRIPTION <> 'MAXVALUE'
		  AND CAST(PARTITION_DESCRIPTION AS SIGNED) <= v_lo;
		SET v_host = NULL;
		SELECT PARTITION_NAME, NULLIF(PARTITION_DESCRIPTION, 'MAXVALUE') INTO v_host, v_bound FROM information_schema.PARTITIONS
		WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = p_table
		  AND (PARTITION_DESCRIPTION = 'MAXVALUE' OR CAST(PARTITION_DESCRIPTION AS SIGNED) > v_lo)
		ORDER BY PARTITION_ORDINAL_POSITION LIMIT 1;
		IF v_host IS NULL AND v_tries < 20 THEN -- another node is changing them
			SET v_tries = v_tries + 1;
			DO SLEEP(0.1);
		ELSEIF v_host IS NULL THEN -- a read that was ended half-way
			CALL refuse(30001, 'partitions_ensure: the parts of this table could not be read');
		ELSEIF v_prev <=> v_lo AND v_bound <=> day_epoch(v_next) AND v_host LIKE 'p\_%' AND v_host NOT IN ('p_past', 'p_future') THEN
			SET v_day = v_next;
		ELSE
			CALL partition_days(v_unit, v_day, v_to, v_prev, v_bound, v_run, v_parts);
			SET v_sql = CONCAT('ALTER TABLE `', p_table, '` REORGANIZE PARTITION `', v_host, '` INTO (', v_parts, ')');
			IF v_tries < 20 THEN
				-- The lock is this server's: on a cluster another node may have changed the parts since they were read.
				BEGIN
					DECLARE CONTINUE HANDLER FOR 1213, 1493, 1507, 1517, 1520, 1735 SET v_run = v_day, v_tries = v_tries + 1;
					EXECUTE IMMEDIATE v_sql;
				END;
			ELSE
				EXECUTE IMMEDIATE v_sql;
			END IF;
			SET v_day = v_run;
		END IF;
	END WHILE;
	{{unlock_partitions}};
END //

-- Throws away everything before p_before in no time and with no row locks. The parts that hold rows are emptied (TRUNCATE drops
-- their files) and stay, so that no later row of those days can fall into the next day's part, as it would after a bare DROP
-- PARTITION, which costs as much. Joining parts is another change of the table: the eighth one joins all before it to p_past.
CREATE OR REPLACE PROCEDURE partitions_drop(p_table LONGTEXT, p_before LONGTEXT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_unit VARCHAR(5) DEFAULT partition_unit(p_table);
	DECLARE v_names, v_full, v_sql LONGTEXT;
	DECLARE v_bound BIGINT;
	DECLARE v_n INT;
	{{undo_by({{unlock_partitions}})}};
	{{clock_true}};
	{{takes_day('before', p_before)}};
	{{lock_partitions('partitions_drop')}};
	SET SESSION group_concat_max_len = GREATEST(@@group_concat_max_len, 1048576);
	SELECT GROUP_CONCAT(CONCAT('`', PARTITION_NAME, '`') ORDER BY PARTITION_ORDINAL_POSITION),
		MAX(CAST(PARTITION_DESCRIPTION AS SIGNED)), COUNT(*)
	INTO v_names, v_bound, v_n FROM information_schema.PARTITIONS
	WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = p_table AND PARTITION_DESCRIPTION <> 'MAXVALUE'
	  AND CAST(PARTITION_DESCRIPTION AS SIGNED) <= day_epoch(p_before);
	FOR p IN (SELECT PARTITION_NAME AS name FROM information_schema.PARTITIONS
		WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = p_table AND PARTITION_DESCRIPTION <> 'MAXVALUE'
		  AND CAST(PARTITION_DESCRIPTION AS SIGNED) <= day_epoch(p_before)) DO
		EXECUTE IMMEDIATE CONCAT('SELECT EXISTS (SELECT 1 FROM `', p_table, '` PARTITION (`', p.name, '`)) INTO @spotop_n');
		IF @spotop_n THEN
			SET v_full = CONCAT_WS(', ', v_full, CONCAT('`', p.name, '`'));
		END IF;
	END FOR;
	IF v_full IS NOT NULL THEN
		EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', p_table, '` TRUNCATE PARTITION ', v_full);
	END IF;
	IF v_n > 8 THEN
		SET v_sql = CONCAT('ALTER TABLE `', p_table, '` REORGANIZE PARTITION ', v_names, ' INTO (', partition_part('p_past', v_bound), ')');
		EXECUTE IMMEDIATE v_sql;
	END IF;
	{{unlock_partitions}};
END //

-- Rows that lie in a partition nobody made (p_past, p_future, gaps) of one table: how many, and
-- the first and last day of them. None in normal running.
CREATE OR REPLACE PROCEDURE partitions_strays(p_table LONGTEXT, OUT p_rows BIGINT, OUT p_from DATE, OUT p_to DATE)
READS SQL DATA
BEGIN
	DECLARE v_col VARCHAR(20) DEFAULT IF(partition_unit(p_table) = 'month', 'created_at', 'observed_at');
	DECLARE v_names LONGTEXT;
	{{clock_true}};
	SELECT GROUP_CONCAT(CONCAT('`', PARTITION_NAME, '`')) INTO v_names FROM information_schema.PARTITIONS
	WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = p_table AND (PARTITION_NAME IN ('p_past', 'p_future') OR PARTITION_NAME LIKE 'g\_%');
	IF v_names IS NULL THEN
		CALL refuse(30001, 'partitions_strays: the parts of this table could not be read');
	END IF;
	EXECUTE IMMEDIATE CONCAT('SELECT COUNT(*), MIN(UNIX_TIMESTAMP(', v_col, ')), MAX(UNIX_TIMESTAMP(', v_col, ')) INTO @spotop_n, @spotop_lo, @spotop_hi FROM `',
		p_table, '` PARTITION (', v_names, ')');
	SET p_rows = @spotop_n;
	SET p_from = '1970-01-01' + INTERVAL @spotop_lo DIV 86400 DAY;
	SET p_to = '1970-01-01' + INTERVAL @spotop_hi DIV 86400 DAY;
END //

-- Makes the partitions of the coming days and months, and moves rows out of parts nobody made. Run
-- daily by the event partitions_ahead and by the worker.
CREATE OR REPLACE PROCEDURE partitions_ahead()
MODIFIES SQL DATA
BEGIN
	DECLARE v_today DATE;
	DECLARE v_rows, v_all, v_n BIGINT;
	DECLARE v_from, v_to DATE;
	{{clock_true}};
	SET v_today = UTC_DATE();
	FOR t IN (SELECT 'spot_price_snapshots' AS name UNION ALL SELECT 'pricing_consolidated' UNION ALL SELECT 'pricing_canonical' UNION ALL SELECT 'system_events') DO
		CALL partitions_ensure(t.name, v_today - INTERVAL 2 DAY, LEAST(v_today + INTERVAL IF(t.name = 'system_events', 92, 7) DAY, {{last_day}}));
		CALL partitions_strays(t.name, v_rows, v_from, v_to);
		SET v_all = v_rows, v_n = 0;
		WHILE v_rows > 0 AND v_n < 400 DO
			CALL partitions_ensure(t.name, v_from, v_from);
			CALL partitions_strays(t.name, v_rows, v_from, v_to);
			SET v_n = v_n + 1;
		END WHILE;
		IF v_all > 0 THEN
			INSERT INTO system_events (event_type, severity, message, metadata)
			VALUES ('partition_catch_all', 'warning', CONCAT({{n_of(v_all, 'row', 'rows')}}, ' of ', t.name, ' lay in a partition nobody made; moved'),
				JSON_OBJECT('table', t.name, 'rows', v_all, 'left', v_rows));
		END IF;
	END FOR;
END //

DELIMITER ;

CALL partitions_ahead();
