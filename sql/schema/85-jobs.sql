-- What the jobs need beyond their own statements: dropping days, the end of old zombies, and triggers that the server broke.

DELIMITER //

-- Of a part that was taken aside: how many rows it has, and how many of them had to go back because the next
-- tier has not taken them in: snapshots that came since the last whole consolidation (or imported ones, when
-- these stay), consolidated rows that canonicalize or hourly have still to do.
-- Only of the two lower tiers, whose part taken aside is always named so; called by job_drop_parts alone.
CREATE OR REPLACE PROCEDURE parts_put_back(p_table VARCHAR(64), p_imports BOOLEAN, OUT p_rows BIGINT, OUT p_back BIGINT)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
	DECLARE v_where VARCHAR(500);
	DECLARE v_table VARCHAR(64) DEFAULT CASE p_table WHEN 'spot_price_snapshots' THEN 'spot_price_snapshots' WHEN 'pricing_consolidated' THEN 'pricing_consolidated' END;
	DECLARE v_aside VARCHAR(64) DEFAULT CONCAT('dropping_', v_table);
	IF v_table IS NULL THEN
		CALL refuse(30003, 'parts_put_back: not a table whose parts are taken aside');
	END IF;
	EXECUTE IMMEDIATE CONCAT('SELECT COUNT(*) INTO @spotop_n FROM `', v_aside, '`');
	SET p_rows = @spotop_n, p_back = 0;
	IF p_rows > 0 THEN
		SET v_where = IF(v_table = 'spot_price_snapshots',
			CONCAT('a.created_at >= COALESCE((SELECT JSON_VALUE(j.state, ''$.mark'') - INTERVAL 10 MINUTE FROM job_schedules j WHERE j.name = ''consolidate''), ''1970-01-02'')',
				IF(p_imports, '', ' OR ({{imported(a)}})')),
			'EXISTS (SELECT 1 FROM consolidation_jobs j WHERE j.job_type IN (''canonical'', ''hourly'') AND j.status = ''pending'' AND j.chunk = a.pool_id AND a.observed_at BETWEEN j.window_start AND j.window_end)');
		EXECUTE IMMEDIATE CONCAT('SELECT COUNT(*) INTO @spotop_n FROM `', v_aside, '` a WHERE ', v_where);
		SET p_back = @spotop_n;
		IF p_back > 0 THEN
			EXECUTE IMMEDIATE CONCAT('INSERT IGNORE INTO `', v_table, '` SELECT a.* FROM `', v_aside, '` a WHERE ', v_where);
			COMMIT;
		END IF;
	END IF;
END //

-- A part is exchanged for an empty table, looked through there, and what has to stay put back.
CREATE OR REPLACE PROCEDURE job_set_aside(p_table VARCHAR(64), p_aside VARCHAR(64), p_part VARCHAR(64), p_imports BOOLEAN, OUT p_rows BIGINT, OUT p_back BIGINT)
MODIFIES SQL DATA
BEGIN
	EXECUTE IMMEDIATE CONCAT('CREATE TABLE `', p_aside, '` LIKE `', p_table, '`');
	EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', p_aside, '` REMOVE PARTITIONING');
	EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', p_table, '` EXCHANGE PARTITION `', p_part, '` WITH TABLE `', p_aside, '`');
	CALL parts_put_back(p_table, p_imports, p_rows, p_back);
	EXECUTE IMMEDIATE CONCAT('DROP TABLE `', p_aside, '`');
END //

-- Runs of emptied parts (job_parts) become one gap each.
CREATE OR REPLACE PROCEDURE job_join_gaps(p_table VARCHAR(64))
MODIFIES SQL DATA
BEGIN
	DECLARE v_first, v_run_name VARCHAR(64);
	DECLARE v_lo, v_run_bound BIGINT;
	DECLARE v_run, v_sql LONGTEXT;
	DECLARE v_run_n INT DEFAULT 0;
	FOR p IN (SELECT name, bound, keep, place FROM job_parts UNION ALL SELECT '', NULL, TRUE, 1000000 ORDER BY place) DO
		IF NOT p.keep THEN
			SET v_run = CONCAT_WS(', ', v_run, CONCAT('`', p.name, '`')), v_run_n = v_run_n + 1, v_run_bound = p.bound;
			IF v_run_n = 1 THEN
				SET v_run_name = IF(v_lo IS NULL, 'p_past', DATE_FORMAT('1970-01-01' + INTERVAL v_lo DIV 86400 DAY, 'g_%Y_%m_%d')), v_first = p.name;
			END IF;
		ELSE
			IF v_run_n > 1 OR (v_run_n = 1 AND v_first <> v_run_name) THEN
				SET v_sql = CONCAT('ALTER TABLE `', p_table, '` REORGANIZE PARTITION ', v_run, ' INTO (', partition_part(v_run_name, v_run_bound), ')');
				EXECUTE IMMEDIATE v_sql;
			END IF;
			SET v_run = NULL, v_run_n = 0;
		END IF;
		SET v_lo = p.bound;
	END FOR;
END //

-- Throws away the parts of a table that end before p_before. Days of imported history stay unless p_imports, and so does what they were carried forward to, 25 hours. What was dropped goes to system_events. The emptied parts are joined to
-- gaps, so that no later row of those days falls into the wrong part.
--
-- A row may arrive in a day that is being dropped. So a part of the two lower tiers is first exchanged for
-- an empty table, which waits for every transaction that wrote to it and lets none in after; only then its
-- rows are looked at, and those that the next tier has not taken in go back. A run that died in between
-- leaves that table (dropping_...) behind; the next one begins with it.
CREATE OR REPLACE PROCEDURE job_drop_parts(p_table LONGTEXT, p_before LONGTEXT, p_imports LONGTEXT, OUT p_dropped INT)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
	DECLARE v_unit VARCHAR(5) DEFAULT partition_unit(p_table);
	DECLARE v_rows, v_back BIGINT;
	DECLARE v_keep INT DEFAULT 0;
	DECLARE v_aside VARCHAR(64) DEFAULT CONCAT('dropping_', p_table);
	DECLARE v_takes_aside BOOLEAN DEFAULT p_table IN ('spot_price_snapshots', 'pricing_consolidated');
	DECLARE v_dropped JSON DEFAULT '[]';
	{{undo_by({{unlock_partitions}})}};
	{{clock_true}};
	{{takes_day('before', p_before)}};
	IF p_before > UTC_DATE() THEN
		CALL refuse(30003, CONCAT('before is ', LEFT(p_before, 10), ', a day to come: what is written then would have no part'));
	END IF;
	IF p_imports NOT IN ('0', '1') THEN
		CALL refuse(30003, 'imports is neither TRUE nor FALSE');
	END IF;
	{{lock_partitions('job_drop_parts')}};
	SET p_dropped = 0, p_imports = COALESCE(p_imports, FALSE);
	IF v_takes_aside AND EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = v_aside) THEN
		CALL parts_put_back(p_table, p_imports, v_rows, v_back);
		EXECUTE IMMEDIATE CONCAT('DROP TABLE `', v_aside, '`');
	END IF;
	CREATE OR REPLACE TEMPORARY TABLE job_parts ENGINE = Aria
	SELECT PARTITION_ORDINAL_POSITION AS place, PARTITION_NAME AS name, CAST(PARTITION_DESCRIPTION AS SIGNED) AS bound, FALSE AS keep
	FROM information_schema.PARTITIONS
	WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = p_table AND PARTITION_DESCRIPTION <> 'MAXVALUE' AND CAST(PARTITION_DESCRIPTION AS SIGNED) <= day_epoch(p_before);
	FOR p IN (SELECT name, bound FROM job_parts ORDER BY place) DO
		SET v_keep = 0;
		IF p.name LIKE 'p\_2%' OR p.name LIKE 'p\_1%' THEN
			IF v_unit = 'day' AND NOT p_imports THEN
				EXECUTE IMMEDIATE 'SELECT EXISTS (SELECT 1 FROM spot_price_snapshots s WHERE s.observed_at >= FROM_UNIXTIME(?) AND s.observed_at < FROM_UNIXTIME(?) AND {{imported(s)}}) INTO @spotop_n'
					USING p.bound - 86400 - 90000, p.bound;
				SET v_keep = @spotop_n;
			END IF;
			IF NOT v_keep THEN
				IF v_takes_aside THEN
					CALL job_set_aside(p_table, v_aside, p.name, p_imports, v_rows, v_back);
					SET v_keep = v_back > 0, v_rows = v_rows - v_back;
				ELSE
					EXECUTE IMMEDIATE CONCAT('SELECT COUNT(*) INTO @spotop_n FROM `', p_table, '` PARTITION (`', p.name, '`)');
					SET v_rows = @spotop_n;
					EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', p_table, '` TRUNCATE PARTITION `', p.name, '`');
				END IF;
				SET v_dropped = JSON_ARRAY_APPEND(v_dropped, '$', JSON_OBJECT('part', p.name, 'rows', v_rows + 0)), p_dropped = p_dropped + 1;
			END IF;
			UPDATE job_parts SET keep = v_keep WHERE name = p.name;
		END IF;
	END FOR;
	CALL job_join_gaps(p_table);
	DROP TEMPORARY TABLE job_parts;
	IF p_dropped > 0 THEN
		INSERT INTO system_events (event_type, severity, message, metadata)
		VALUES ('retention_dropped', 'info', CONCAT(p_dropped, ' parts of ', p_table, ' before ', p_before, ' were dropped'), JSON_OBJECT('table', p_table, 'parts', JSON_COMPACT(v_dropped)));
	END IF;
	{{unlock_partitions}};
END //

-- A zombie of over 30 days gets a command to terminate from the schedule (priority 10), through its
-- agent. Not while automation is frozen for it, nor beside a command that is open; agents that are off
-- or gone are left to people.
CREATE OR REPLACE PROCEDURE job_reap_zombies(p_days LONGTEXT, p_limit LONGTEXT, OUT p_n INT)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
	DECLARE v_days, v_limit INT;
	{{undo(FALSE)}};
	{{clock_true}};
	{{takes_number('days', p_days, 36500)}};
	{{takes_number('limit', p_limit, 1000000)}};
	SET v_days = p_days, v_limit = COALESCE(p_limit, 0);
	INSERT INTO commands (client_id, agent_id, command_type, instance_id, priority, trigger_type, created_by, reason, expires_at)
	SELECT i.client_id, i.agent_id, 'TERMINATE_INSTANCE', i.id, 10, 'scheduled', 'worker', CONCAT('a zombie for over ', {{n_of(v_days, 'day', 'days')}}), NOW() + INTERVAL 1 DAY
	FROM instances i JOIN agents a ON a.id = i.agent_id
	WHERE i.instance_status = 'zombie' AND i.is_active AND a.enabled AND {{copy_of}} IS NULL
		AND COALESCE((SELECT MAX(e.created_at) FROM system_events e WHERE e.agent_id = i.agent_id AND e.event_type = 'instance_zombie' AND e.instance_id = i.id), i.updated_at) < NOW() - INTERVAL v_days DAY
		AND NOT EXISTS (SELECT 1 FROM commands m WHERE m.instance_id = i.id AND m.command_type = 'TERMINATE_INSTANCE' AND {{is_under_way(m)}})
		AND NOT EXISTS (SELECT 1 FROM automation_freezes f WHERE f.thawed_at IS NULL AND f.expires_at > NOW() AND (f.scope_type = 'all'
			OR (f.scope_type = 'client' AND f.scope_id = i.client_id) OR (f.scope_type = 'agent' AND f.scope_id = i.agent_id)
			OR (f.scope_type = 'pool' AND f.scope_id = i.current_pool_id) OR (f.scope_type = 'az' AND f.scope_id = i.az) OR (f.scope_type = 'region' AND f.scope_id = i.region)))
	ORDER BY i.agent_id LIMIT v_limit; -- agents in the order of their keys, as whoever locks several
	SET p_n = ROW_COUNT();
END //

-- A statement that is ended while it opens a table (KILL QUERY, max_statement_time, a Galera node that makes room for what
-- another node committed) leaves in the server's table cache a copy of the table whose triggers "cannot be parsed": the parser
-- stops at the end of its statement, and the server takes that for a fault of the text. Seen with 10.11.19, of one server alone too;
-- a read does it as well as a write. From then on every write that gets this copy is refused with 1064 "Trigger ... has an
-- error in its body", until the copies are closed. A change of the table closes them, and one that changes nothing takes no time.
-- p_trigger: the one that the server named, or what no trigger is named: every table's. NULL: those that refuse a write, which is
-- tried and undone. Not within a transaction.
CREATE OR REPLACE PROCEDURE triggers_renew(p_trigger LONGTEXT)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
	DECLARE v_is_broken BOOLEAN;
	DECLARE v_asked VARCHAR(64) DEFAULT LEFT(p_trigger, 64);
	DECLARE CONTINUE HANDLER FOR 1064 SET v_is_broken = TRUE;
	-- a lock that somebody holds, a trigger that forbids: none of that is sought here
	DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
	{{clock_true}};
	FOR t IN (SELECT DISTINCT k.TABLE_NAME AS name, k.COLUMN_NAME AS pk, b.TABLE_COMMENT AS said,
			MAX(g.TRIGGER_NAME = v_asked) OVER () AS is_named, g.TRIGGER_NAME = v_asked AS is_it
		FROM information_schema.TRIGGERS g JOIN information_schema.TABLES b ON b.TABLE_SCHEMA = g.EVENT_OBJECT_SCHEMA AND b.TABLE_NAME = g.EVENT_OBJECT_TABLE
		JOIN information_schema.STATISTICS k ON k.TABLE_SCHEMA = b.TABLE_SCHEMA AND k.TABLE_NAME = b.TABLE_NAME AND k.INDEX_NAME = 'PRIMARY' AND k.SEQ_IN_INDEX = 1
		WHERE g.EVENT_OBJECT_SCHEMA = DATABASE() ORDER BY 1) DO
		SET v_is_broken = v_asked IS NOT NULL AND (t.is_it OR NOT COALESCE(t.is_named, FALSE));
		IF v_asked IS NULL THEN
			START TRANSACTION;
			EXECUTE IMMEDIATE CONCAT('SET STATEMENT innodb_lock_wait_timeout = 0 FOR UPDATE `', t.name, '` SET `', t.pk, '` = `', t.pk, '` LIMIT 1');
			ROLLBACK;
		END IF;
		IF v_is_broken THEN
			EXECUTE IMMEDIATE CONCAT('SET STATEMENT lock_wait_timeout = 5 FOR ALTER TABLE `', t.name, '` COMMENT = ', QUOTE(t.said));
		END IF;
	END FOR;
END //

DELIMITER ;
