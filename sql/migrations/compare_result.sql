-- Each table of the source beside what is here: rows, ranges and checksums of both sides, and what of it differs.
SELECT r.source_table, r.target, COUNT(g.n) AS ranges, COALESCE(SUM(g.rows_source), 0) AS rows_source, COALESCE(SUM(g.rows_target), 0) AS rows_target,
	LPAD(HEX(COALESCE(BIT_XOR(g.sum_source), 0)), 16, '0') AS checksum_source, LPAD(HEX(COALESCE(BIT_XOR(g.sum_target), 0)), 16, '0') AS checksum_target,
	COALESCE(SUM(g.rejected), 0) AS rejected, COALESCE(SUM(g.left_out), 0) AS left_out, COALESCE(SUM(g.merged), 0) AS merged, COALESCE(SUM(g.expired), 0) AS expired,
	(SELECT GREATEST(COUNT(DISTINCT d.source_key), IF((SELECT COUNT(*) FROM migration_suspects s WHERE s.rule = r.rule) > 2000, (SELECT COUNT(*) FROM migration_suspects s WHERE s.rule = r.rule), 0)) FROM migration_differences d WHERE d.rule = r.rule) AS differ,
	COALESCE((SELECT GROUP_CONCAT(x.one ORDER BY x.n SEPARATOR '; ') FROM (
		SELECT d.rule, ROW_NUMBER() OVER (PARTITION BY d.rule ORDER BY d.source_key, d.col) AS n, CONCAT(d.source_key, IF(d.col = '', '', CONCAT(' ', d.col)), ': ', COALESCE(CONCAT('"', LEFT(d.expected, 60), '"'), 'NULL'), ' became ', COALESCE(CONCAT('"', LEFT(d.found, 60), '"'), IF(d.col = '', 'none', 'NULL'))) AS one
		FROM migration_differences d) x WHERE x.rule = r.rule AND x.n <= 5), '') AS first_differences
FROM migration_rules r LEFT JOIN migration_ranges g ON g.rule = r.rule
WHERE r.compare_state <> 'none'
GROUP BY r.rule ORDER BY r.ord
