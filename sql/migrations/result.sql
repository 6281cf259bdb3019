-- What became of each table of the source.
SELECT source_table, target, state, row_count, moved, merged, left_out, rejected, changed_since, noted, rows_per_s, reasons FROM (
SELECT r.ord, r.source_table, r.target, r.state, r.rows_read AS row_count, r.rows_migrated AS moved, r.rows_merged AS merged, r.rows_left AS left_out,
	(SELECT COUNT(*) FROM migration_rejects x WHERE x.rule = r.rule) AS rejected, r.rows_changed AS changed_since,
	(SELECT COUNT(*) FROM migration_notes n WHERE n.rule = r.rule) AS noted,
	IF(r.busy_ms > 0, ROUND(r.rows_read * 1000 / r.busy_ms), NULL) AS rows_per_s,
	COALESCE(CONCAT_WS('; ',
		(SELECT CONCAT(r.rows_left, ' left out, ', IF(r.rule = 'canonical_of_consolidated', 'interpolated or ', ''), 'older than ', DATE(IF(r.target = 'spot_price_snapshots', COALESCE(u.raw_since, u.since), u.since))) FROM migration_run u WHERE r.rows_left > 0),
		(SELECT GROUP_CONCAT(CONCAT(y.n, ' rejected, ', y.why) ORDER BY y.n DESC, y.why SEPARATOR '; ') FROM (
			SELECT x.rule, COUNT(*) AS n, REGEXP_REPLACE(x.reason, '"[^"]*"', '...') AS why FROM migration_rejects x GROUP BY x.rule, why) y WHERE y.rule = r.rule),
		(SELECT GROUP_CONCAT(CONCAT(y.n, ' ', y.col, ' ', y.why) ORDER BY y.n DESC, y.col, y.why SEPARATOR '; ') FROM (
			SELECT n.rule, n.col, COUNT(*) AS n, CONCAT(IF(COUNT(DISTINCT n.value) = 1, CONCAT('"', LEFT(MIN(n.value), 40), '" '), ''), IF(COUNT(DISTINCT n.done) = 1, MIN(n.done), SUBSTRING_INDEX(MIN(n.done), ':', 1))) AS why
			FROM migration_notes n GROUP BY n.rule, n.col, SUBSTRING_INDEX(n.done, ':', 1)) y WHERE y.rule = r.rule)), '') AS reasons
FROM migration_rules r WHERE r.state <> 'absent' AND NOT (r.mode = 'pools' AND r.rows_migrated = 0)
UNION ALL
SELECT 65535, t.TABLE_NAME, NULL, 'left', t.TABLE_ROWS, 0, 0, 0, 0, 0, 0, NULL, COALESCE(o.why, 'schema 7.0 has no place for it; it stays in the source')
FROM migration_run u JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = u.source_db AND t.TABLE_TYPE = 'BASE TABLE'
LEFT JOIN migration_others o ON o.name = t.TABLE_NAME
WHERE NOT EXISTS (SELECT 1 FROM migration_rules r WHERE r.source_table = t.TABLE_NAME AND r.state <> 'absent')
) x ORDER BY ord, source_table
