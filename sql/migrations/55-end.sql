-- The end of a pass: what is gone from the source acts no more here, and the record of it.

DELIMITER //

-- What is history stays; what could still act does not: a client loses its token, a user and an agent their leave,
-- an instance and a replica end, a command that was not carried out is cancelled, a model is used no more. p_where
-- says of a row t that it is gone.
CREATE OR REPLACE PROCEDURE migration_end_gone(p_target VARCHAR(64), p_where TEXT, p_only_tell BOOLEAN)
MODIFIES SQL DATA
FOR g IN (SELECT * FROM JSON_TABLE('[
		{"t": "clients", "acts": "t.is_active", "was": "t.name", "set": "t.is_active = FALSE, t.client_token = CONCAT(\'gone:\', MD5(t.id))", "done": "disabled, its token void"},
		{"t": "users", "acts": "t.is_active", "was": "t.email", "set": "t.is_active = FALSE", "done": "disabled"},
		{"t": "agents", "acts": "t.enabled", "was": "t.logical_agent_id", "set": "t.enabled = FALSE", "done": "disabled"},
		{"t": "instances", "acts": "t.instance_status <> \'terminated\'", "was": "t.instance_status", "set": "t.instance_status = \'terminated\', t.is_primary = FALSE", "done": "terminated"},
		{"t": "replica_instances", "acts": "t.status <> \'terminated\'", "was": "t.status", "set": "t.status = \'terminated\'", "done": "terminated"},
		{"t": "commands", "acts": "t.status IN (\'pending\', \'executing\')", "was": "t.status", "set": "t.status = \'cancelled\', t.message = \'gone from the database it was migrated from\'", "done": "cancelled"},
		{"t": "ml_models", "acts": "t.is_active", "was": "t.model_name", "set": "t.is_active = FALSE", "done": "not active"}
	]', '$[*]' COLUMNS (name VARCHAR(64) PATH '$.t', acts VARCHAR(200) PATH '$.acts', was VARCHAR(64) PATH '$.was', sets VARCHAR(300) PATH '$.set', done VARCHAR(100) PATH '$.done')) x
	WHERE x.name = p_target) DO
	IF p_only_tell THEN
		SET @migration_sql = CONCAT('INSERT IGNORE INTO migration_differences (rule, source_table, source_key, col, expected, found) SELECT (SELECT MIN(r.rule) FROM migration_rules r WHERE r.target = ''', g.name, ''' AND r.state <> ''absent''), ''', g.name, ''', t.id, '''', NULL, CONCAT(''can act, and is not in the source: '', ', g.was, ') FROM ', g.name, ' t WHERE ', g.acts, ' AND ', p_where);
		EXECUTE IMMEDIATE @migration_sql;
	ELSE
		SET @migration_sql = CONCAT('INSERT IGNORE INTO migration_notes (rule, source_table, source_key, col, value, done) SELECT ''', g.name, ''', ''', g.name, ''', t.id, ''id'', ', g.was, ', ''gone from the source: ', g.done, ''' FROM ', g.name, ' t WHERE ', g.acts, ' AND ', p_where);
		EXECUTE IMMEDIATE @migration_sql;
		EXECUTE IMMEDIATE CONCAT('UPDATE ', g.name, ' t SET ', g.sets, ' WHERE ', g.acts, ' AND ', p_where);
	END IF;
END FOR //

-- The id here of a row of the source, as an expression over its key column (p_x, as text).
CREATE OR REPLACE FUNCTION migration_id_sql(p_target VARCHAR(64), p_rule VARCHAR(40), p_id TEXT, p_key TEXT) RETURNS TEXT
DETERMINISTIC
RETURN IF(p_target IN ('instances', 'spot_pools'), p_id, CONCAT('CAST(COALESCE(', migration_uuid_sql(p_target, p_id), ', ', migration_row_uuid_sql(CONCAT(p_rule, '.id'), p_key), ') AS UUID)')) //

CREATE OR REPLACE PROCEDURE migration_ids_for(p_target VARCHAR(64))
MODIFIES SQL DATA
IF p_target = 'instances' THEN
	CREATE OR REPLACE TEMPORARY TABLE mig_ids (id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY);
ELSE
	CREATE OR REPLACE TEMPORARY TABLE mig_ids (id UUID NOT NULL PRIMARY KEY);
END IF //

-- Rows that are in the source no longer, looked for among all of them.
CREATE OR REPLACE PROCEDURE migration_gone(p_only_tell BOOLEAN)
MODIFIES SQL DATA
FOR g IN (SELECT DISTINCT target AS name FROM migration_rules WHERE state <> 'absent' AND mode <> 'pools') DO
	IF g.name IN ('clients', 'users', 'agents', 'instances', 'replica_instances', 'commands', 'ml_models') THEN
		CALL migration_ids_for(g.name);
		FOR r IN (SELECT x.rule, x.source_table AS t, x.key_col AS k, u.source_db AS db FROM migration_rules x JOIN migration_run u WHERE x.target = g.name AND x.state <> 'absent') DO
			SET @migration_sql = CONCAT('INSERT IGNORE INTO mig_ids SELECT ', migration_id_sql(g.name, r.rule, migration_ref(r.db, r.t, 's', 'id', IF(g.name = 'instances', 'ascii', NULL)), CONCAT('s.`', REPLACE(r.k, '`', '``'), '`')),
				' FROM `', REPLACE(r.db, '`', '``'), '`.`', REPLACE(r.t, '`', '``'), '` s');
			EXECUTE IMMEDIATE @migration_sql;
		END FOR;
		START TRANSACTION;
		CALL migration_end_gone(g.name, 'NOT EXISTS (SELECT 1 FROM mig_ids i WHERE i.id = t.id)', p_only_tell);
		COMMIT;
	END IF;
END FOR //

-- Rows of a log whose date or pool was corrected: what they were before goes.
CREATE OR REPLACE PROCEDURE migration_drop_moved()
MODIFIES SQL DATA
FOR m IN (SELECT DISTINCT v.target, migration_key_sql(r.pk, 't') AS k FROM migration_moved v JOIN migration_rules r ON r.target = v.target) DO
	START TRANSACTION;
	SET @migration_sql = CONCAT('DELETE t FROM ', m.target, ' t JOIN migration_moved v ON v.target = ''', m.target, ''' AND v.id = t.id AND v.k <> ', m.k);
	EXECUTE IMMEDIATE @migration_sql;
	DELETE FROM migration_moved WHERE target = m.target;
	COMMIT;
END FOR //

-- What the console shows of a copy: how old the oldest change of the source is that is not here (NULL: nobody follows).
CREATE OR REPLACE PROCEDURE migration_say_copy(p_lag_ms BIGINT)
MODIFIES SQL DATA
UPDATE schema_migrations m JOIN migration_run u SET m.details = JSON_SET(COALESCE(m.details, '{}'), '$.copy_of', u.source_db, '$.lag_ms', p_lag_ms, '$.seen_at', SYSDATE(3)) WHERE m.version = '7.0' AND NOT u.is_done //

-- The id of a list price that no list of the source has: it is what an instance of that type paid last.
CREATE OR REPLACE FUNCTION migration_list_id(p_type VARCHAR(64), p_region VARCHAR(64)) RETURNS CHAR(36) CHARSET ascii
DETERMINISTIC
RETURN REGEXP_REPLACE(MD5(CONCAT('list price of an instance:', p_type, '|', p_region)), '^(.{8})(.{4}).(.{3}).(.{3})(.{12})$', '\\1-\\2-5\\3-a\\4-\\5') //

-- Those made anew in each pass: a list may have come since, or another instance.
CREATE OR REPLACE PROCEDURE migration_list_prices()
MODIFIES SQL DATA
BEGIN
	START TRANSACTION;
	DELETE FROM ondemand_prices WHERE id = CAST(migration_list_id(instance_type, region) AS UUID);
	INSERT INTO ondemand_prices (id, instance_type, region, price, recorded_at)
	SELECT CAST(migration_list_id(n.instance_type, n.region) AS UUID), n.instance_type, n.region, n.ondemand_price, n.created_at
	FROM (SELECT i.instance_type, i.region, i.ondemand_price, i.created_at, ROW_NUMBER() OVER (PARTITION BY i.instance_type, i.region ORDER BY i.created_at DESC, i.id) AS nth FROM instances i WHERE i.ondemand_price IS NOT NULL) n
	WHERE n.nth = 1 AND NOT EXISTS (SELECT 1 FROM ondemand_prices o WHERE o.instance_type = n.instance_type AND o.region = n.region);
	COMMIT;
END //

-- After a pass (p_whole: one over all rows): counts, each pool's newest price, partitions, and the record of it.
CREATE OR REPLACE PROCEDURE migration_finish(p_program VARCHAR(32), p_final BOOLEAN, p_whole BOOLEAN)
MODIFIES SQL DATA
BEGIN
	CALL migration_session();
	CALL migration_drop_moved();
	IF p_whole THEN
		CALL migration_gone(FALSE);
		UPDATE migration_run SET log_state = IF(log_state = 'open', 'whole', log_state);
	END IF;
	CALL instance_counts_recount();
	CALL migration_list_prices();
	UPDATE spot_pools p SET last_price_at = COALESCE((SELECT MAX(s.observed_at) FROM spot_price_snapshots s WHERE s.pool_id = p.id), (SELECT MAX(s.observed_at) FROM pricing_consolidated s WHERE s.pool_id = p.id));
	UPDATE spot_pools p SET last_price = COALESCE((SELECT s.price FROM spot_price_snapshots s WHERE s.pool_id = p.id AND s.observed_at = p.last_price_at LIMIT 1),
		(SELECT s.price FROM pricing_consolidated s WHERE s.pool_id = p.id AND s.observed_at = p.last_price_at LIMIT 1));
	CALL partitions_ahead();
	UPDATE migration_run SET watermark = IF(p_final AND log_state <> 'none', CURRENT_TIMESTAMP, watermark), is_done = is_done OR p_final;
	UPDATE schema_migrations m JOIN migration_run u SET m.name = CONCAT('schema 7.0, migrated from ', u.source_version, ' (database ', u.source_db, ')'), m.applied_by = USER(), m.program_version = p_program,
		m.duration_ms = (SELECT SUM(busy_ms) FROM migration_rules),
		m.details = JSON_OBJECT('source', u.source_db, 'source_version', u.source_version, 'passes', u.pass + 1, 'up_to', u.watermark, 'is_final', JSON_COMPACT(IF(u.is_done, 'true', 'false')),
			'copy_of', IF(u.is_done, NULL, u.source_db), 'seen_at', IF(u.is_done, NULL, u.watermark), 'rows_read', (SELECT SUM(rows_read) FROM migration_rules), 'rows_migrated', (SELECT SUM(rows_migrated) FROM migration_rules),
			'rows_rejected', (SELECT COUNT(*) FROM migration_rejects), 'values_changed', (SELECT COUNT(*) FROM migration_notes))
	WHERE m.version = '7.0';
END //

DELIMITER ;
