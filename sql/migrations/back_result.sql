-- Each table of the old database: what was taken back to it, and what it has no room for.
SELECT r.source_table, b.target, b.rows_added, b.rows_written, b.rows_ended, (SELECT COUNT(*) FROM migration_back_notes n WHERE n.rule = b.rule) AS not_held,
	COALESCE((SELECT GROUP_CONCAT(x.one ORDER BY x.n DESC, x.one SEPARATOR ', ') FROM (SELECT n.rule, CONCAT(IF(n.col = '', 'row', n.col), ' (', n.why, ')') AS one, COUNT(*) AS n FROM migration_back_notes n GROUP BY n.rule, n.col, n.why) x WHERE x.rule = b.rule), '') AS what_is_not_held
FROM migration_back_rules b JOIN migration_rules r ON r.rule = b.rule ORDER BY b.ord
