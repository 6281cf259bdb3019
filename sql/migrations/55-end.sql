-- The end of a pass: what is gone from the source acts no more here, and the record of it.

DELIMITER //

-- Rows that are in the source no longer, looked for in the last pass. What is history stays; what could
-- still act does not: a client loses its token, a user and an agent their leave, an instance and a replica
-- end, an order that was not carried out is cancelled, a model is used no more.
CREATE OR REPLACE PROCEDURE migration_gone(p_only_tell BOOLEAN)
MODIFIES SQL DATA
FOR g IN (SELECT * FROM JSON_TABLE('[
		{"t": "clients", "acts": "t.is_active", "was": "t.name", "set": "t.is_active = FALSE, t.client_token = CONCAT(\'gone:\', MD5(t.id))", "done": "disabled, its token void"},
		{"t": "users", "acts": "t.is_active", "was": "t.email", "set": "t.is_active = FALSE", "done": "disabled"},
		{"t": "agents", "acts": "t.enabled", "was": "t.logical_agent_id", "set": "t.enabled = FALSE", "done": "disabled"},
		{"t": "instances", "acts": "t.instance_status <> \'terminated\'", "was": "t.instance_status", "set": "t.instance_status = \'terminated\', t.is_primary = FALSE", "done": "terminated"},
		{"t": "replica_instances", "acts": "t.status <> \'terminated\'", "was": "t.status", "set": "t.status = \'terminated\'", "done": "terminated"},
		{"t": "commands", "acts": "t.status IN (\'pending\', \'executing\')", "was": "t.status", "set": "t.status = \'cancelled\', t.message = \'gone from the database it was moved from\'", "done": "cancelled"},
		{"t": "ml_models", "acts": "t.is_active", "was": "t.model_name", "set": "t.is_active = FALSE", "done": "not active"}
	]', '$[*]' COLUMNS (name VARCHAR(64) PATH '$.t', acts VARCHAR(200) PATH '$.acts', was VARCHAR(64) PATH '$.was', sets VARCHAR(300) PATH '$.set', done VARCHAR(100) PATH '$.done')) x
	WHERE EXISTS (SELECT 1 FROM migration_rules r WHERE r.target = x.name AND r.state <> 'absent')) DO
	BEGIN
		DECLARE v_sql LONGTEXT;
		DECLARE v_gone TEXT DEFAULT CONCAT(' FROM ', g.name, ' t WHERE ', g.acts, ' AND NOT EXISTS (SELECT 1 FROM mig_ids i WHERE i.id = t.id)');
		IF g.name = 'instances' THEN
			CREATE OR REPLACE TEMPORARY TABLE mig_ids (id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY);
		ELSE
			CREATE OR REPLACE TEMPORARY TABLE mig_ids (id UUID NOT NULL PRIMARY KEY);
		END IF;
		FOR r IN (SELECT x.rule, x.source_table AS t, x.key_col AS k, u.source_db AS db FROM migration_rules x JOIN migration_run u WHERE x.target = g.name AND x.state <> 'absent') DO
			SET v_sql = migration_ref(r.db, r.t, 's', 'id', IF(g.name = 'instances', 'ascii', NULL));
			IF g.name <> 'instances' THEN
				SET v_sql = CONCAT('CAST(COALESCE(', migration_uuid_sql(g.name, v_sql), ', ', migration_row_uuid_sql(CONCAT(r.rule, '.id'), CONCAT('s.`', REPLACE(r.k, '`', '``'), '`')), ') AS UUID)');
			END IF;
			SET v_sql = CONCAT('INSERT IGNORE INTO mig_ids SELECT ', v_sql, ' FROM `', REPLACE(r.db, '`', '``'), '`.`', REPLACE(r.t, '`', '``'), '` s');
			EXECUTE IMMEDIATE v_sql;
		END FOR;
		START TRANSACTION;
		IF p_only_tell THEN
			EXECUTE IMMEDIATE CONCAT('INSERT IGNORE INTO migration_differences (rule, source_table, source_key, col, expected, found) SELECT (SELECT MIN(r.rule) FROM migration_rules r WHERE r.target = ''', g.name, ''' AND r.state <> ''absent''), ''', g.name, ''', t.id, '''', NULL, CONCAT(''can act, and is not in the source: '', ', g.was, ')', v_gone);
		ELSE
			EXECUTE IMMEDIATE CONCAT('INSERT IGNORE INTO migration_notes (rule, source_table, source_key, col, value, done) SELECT ''', g.name, ''', ''', g.name, ''', t.id, ''id'', ', g.was, ', ''gone from the source: ', g.done, '''', v_gone);
			EXECUTE IMMEDIATE CONCAT('UPDATE ', SUBSTRING_INDEX(SUBSTRING(v_gone, 7), ' WHERE ', 1), ' SET ', g.sets, SUBSTRING(v_gone, LOCATE(' WHERE ', v_gone)));
		END IF;
		COMMIT;
	END;
END FOR //

-- Rows of a log whose date or pool was corrected: what they were before goes.
CREATE OR REPLACE PROCEDURE migration_drop_moved()
MODIFIES SQL DATA
FOR m IN (SELECT DISTINCT v.target, migration_key_sql(r.pk, 't') AS k FROM migration_moved v JOIN migration_rules r ON r.target = v.target) DO
	START TRANSACTION;
	EXECUTE IMMEDIATE CONCAT('DELETE t FROM ', m.target, ' t JOIN migration_moved v ON v.target = ''', m.target, ''' AND v.id = t.id AND v.k <> ', m.k);
	DELETE FROM migration_moved WHERE target = m.target;
	COMMIT;
END FOR //

-- After a pass: counts, each pool's newest price, partitions, and the record of it.
CREATE OR REPLACE PROCEDURE migration_finish(p_program VARCHAR(32), p_final BOOLEAN)
MODIFIES SQL DATA
BEGIN
	CALL migration_session();
	CALL migration_drop_moved();
	IF p_final THEN
		CALL migration_gone(FALSE);
	END IF;
	CALL instance_counts_recount();
	UPDATE spot_pools p SET last_price_at = COALESCE((SELECT MAX(s.observed_at) FROM spot_price_snapshots s WHERE s.pool_id = p.id), (SELECT MAX(s.observed_at) FROM pricing_consolidated s WHERE s.pool_id = p.id));
	UPDATE spot_pools p SET last_price = COALESCE((SELECT s.price FROM spot_price_snapshots s WHERE s.pool_id = p.id AND s.observed_at = p.last_price_at LIMIT 1),
		(SELECT s.price FROM pricing_consolidated s WHERE s.pool_id = p.id AND s.observed_at = p.last_price_at LIMIT 1));
	CALL partitions_ahead();
	UPDATE migration_run SET is_done = is_done OR p_final;
	UPDATE schema_migrations m JOIN migration_run u SET m.name = CONCAT('schema 7.0, moved from ', u.source_version, ' (database ', u.source_db, ')'), m.applied_by = USER(), m.program_version = p_program,
		m.duration_ms = (SELECT SUM(busy_ms) FROM migration_rules),
		m.details = JSON_OBJECT('source', u.source_db, 'source_version', u.source_version, 'passes', u.pass + 1, 'up_to', u.watermark, 'is_final', JSON_COMPACT(IF(u.is_done, 'true', 'false')),
			'rows_read', (SELECT SUM(rows_read) FROM migration_rules), 'rows_moved', (SELECT SUM(rows_moved) FROM migration_rules),
			'rows_rejected', (SELECT COUNT(*) FROM migration_rejects), 'values_changed', (SELECT COUNT(*) FROM migration_notes))
	WHERE m.version = '7.0';
END //

DELIMITER ;
