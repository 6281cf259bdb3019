-- What would be migrated: each table of the source, its rows, where they go, what of them has no place, and how long it takes by the rate of the sample.
SELECT source_table, target, row_count, bytes, sampled, moved, merged, left_out, rejected, noted, rows_per_s, seconds, renamed, no_place_for, states, reasons FROM (
SELECT r.ord, r.source_table, r.target, IF(r.mode = 'pools', r.rows_migrated, COALESCE(r.source_rows, 0)) AS row_count, r.source_bytes AS bytes,
	r.rows_read AS sampled, r.rows_migrated AS moved, r.rows_merged AS merged, r.rows_left AS left_out, (SELECT COUNT(*) FROM migration_rejects x WHERE x.rule = r.rule) AS rejected,
	(SELECT COUNT(*) FROM migration_notes n WHERE n.rule = r.rule) AS noted,
	IF(r.busy_ms > 0, ROUND(r.rows_read * 1000 / r.busy_ms), NULL) AS rows_per_s,
	IF(r.rows_read > 0, CEIL(COALESCE(r.source_rows, 0) * r.busy_ms / r.rows_read / 1000), 0) AS seconds,
	(SELECT GROUP_CONCAT(CONCAT(i.COLUMN_NAME, ' to ', m.col) ORDER BY i.ORDINAL_POSITION SEPARATOR ', ')
		FROM information_schema.COLUMNS i JOIN migration_columns m ON m.rule = r.rule AND i.COLUMN_NAME <> m.col AND m.expr REGEXP CONCAT('^[{]([a-z_]+[|])*', i.COLUMN_NAME, '[|}]')
			AND NOT EXISTS (SELECT 1 FROM information_schema.COLUMNS b WHERE b.TABLE_SCHEMA = u.source_db AND b.TABLE_NAME = r.source_table AND b.COLUMN_NAME <> i.COLUMN_NAME
				AND FIND_IN_SET(b.COLUMN_NAME, REPLACE(REPLACE(SUBSTRING_INDEX(m.expr, '}', 1), '{', ''), '|', ',')) BETWEEN 1 AND FIND_IN_SET(i.COLUMN_NAME, REPLACE(REPLACE(SUBSTRING_INDEX(m.expr, '}', 1), '{', ''), '|', ',')))
		WHERE i.TABLE_SCHEMA = u.source_db AND i.TABLE_NAME = r.source_table) AS renamed,
	(SELECT GROUP_CONCAT(i.COLUMN_NAME ORDER BY i.ORDINAL_POSITION SEPARATOR ', ') FROM information_schema.COLUMNS i
		WHERE i.TABLE_SCHEMA = u.source_db AND i.TABLE_NAME = r.source_table AND r.mode <> 'pools'
		  AND NOT COALESCE(r.joins REGEXP CONCAT('[{|. ]', i.COLUMN_NAME, '[|}]'), FALSE) AND i.COLUMN_NAME <> r.key_col
		  AND NOT EXISTS (SELECT 1 FROM migration_columns m WHERE m.rule = r.rule AND m.expr REGEXP CONCAT('[{|. ]', i.COLUMN_NAME, '[|}]'))) AS no_place_for,
	(SELECT GROUP_CONCAT(CONCAT(c.col, ' ', COALESCE(CONCAT('"', c.value, '"'), 'NULL'), ' ', IF(c.mapped IS NULL, 'has no state', CONCAT('to ', c.mapped)), ', ', c.n) ORDER BY c.mapped IS NULL DESC, c.col, c.n DESC SEPARATOR '; ')
		FROM migration_census_of c WHERE c.rule = r.rule AND NOT (c.mapped <=> c.value)) AS states,
	COALESCE(CONCAT_WS('; ',
		IF(r.rows_left > 0, CONCAT(r.rows_left, ' left out, ', IF(r.rule = 'canonical_of_consolidated', 'interpolated or ', ''), 'older than ', DATE(IF(r.target = 'spot_price_snapshots', COALESCE(u.raw_since, u.since), u.since))), NULL),
		(SELECT GROUP_CONCAT(CONCAT(y.n, ' rejected, ', y.why) ORDER BY y.n DESC, y.why SEPARATOR '; ') FROM (
			SELECT x.rule, COUNT(*) AS n, REGEXP_REPLACE(x.reason, '"[^"]*"', '...') AS why FROM migration_rejects x GROUP BY x.rule, why) y WHERE y.rule = r.rule),
		(SELECT GROUP_CONCAT(CONCAT(y.n, ' ', y.col, ' ', y.why) ORDER BY y.n DESC, y.col, y.why SEPARATOR '; ') FROM (
			SELECT n.rule, n.col, COUNT(*) AS n, CONCAT(IF(COUNT(DISTINCT n.value) = 1, CONCAT('"', LEFT(MIN(n.value), 40), '" '), ''), IF(COUNT(DISTINCT n.done) = 1, MIN(n.done), SUBSTRING_INDEX(MIN(n.done), ':', 1))) AS why
			FROM migration_notes n GROUP BY n.rule, n.col, SUBSTRING_INDEX(n.done, ':', 1)) y WHERE y.rule = r.rule)), '') AS reasons
FROM migration_rules r JOIN migration_run u WHERE r.state <> 'absent' AND NOT (r.mode = 'pools' AND r.rows_migrated = 0)
UNION ALL
SELECT 65535, t.TABLE_NAME, NULL, t.TABLE_ROWS, t.DATA_LENGTH + t.INDEX_LENGTH, 0, 0, 0, 0, 0, 0, NULL, 0, NULL, NULL, NULL, COALESCE(o.why, 'schema 7.0 has no place for it; it stays in the source')
FROM migration_run u JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = u.source_db AND t.TABLE_TYPE = 'BASE TABLE'
LEFT JOIN migration_others o ON o.name = t.TABLE_NAME
WHERE NOT EXISTS (SELECT 1 FROM migration_rules r WHERE r.source_table = t.TABLE_NAME AND r.state <> 'absent')
) x ORDER BY ord, source_table
