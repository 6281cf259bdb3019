-- What boots still take, of all that is asked at once: tables of a WITH RECURSIVE, after boot_keys (place, by boot_place();
-- pool, its id or 'ondemand' or not known; type, region; gone, for how many seconds it boots, -1: not begun). The last one,
-- boots_left, tells of each place and gone its boot: by the launches of the 30 days before {{at}} that took longer than that,
-- the conditional p95, with the promotion after it. A launch that failed takes what it was waited for and then another one,
-- which takes the p95 of those that came up. The newest 200 of the pool count if 20 of them took longer; else those of its
-- region and type, then of its region, then of the fleet, among the newest 500; else the slowest of what there is.
--   boot  n, of (1 the pool, 2 region and type, 3 region, 4 fleet), s (null: all failed), failed, slowest; longest and seen:
--         none took longer, and the longest of as many as were seen. NULL: no boot is known.
-- Recursive is what is used more than once: a plain table would be worked out for each use. A list of numbers is text of the
-- session's collation, which may be any: ASCII agrees with all.
-- :define boot_place(pool, type, region) CONCAT(COALESCE({{pool}}, ''), ' ', COALESCE({{type}}, ''), ' ', COALESCE({{region}}, ''))
boot_launches AS (
	SELECT l.place, l.of, IF(l.success OR l.boot_seconds IS NOT NULL, l.boot_seconds, GREATEST(0, UNIX_TIMESTAMP(l.switched_at) - UNIX_TIMESTAMP(l.initiated_at))) AS boot,
		l.success AS is_ok, l.boot_seconds + COALESCE(l.downtime_seconds, 0) AS takes
	FROM (
		SELECT p.place, 1 AS of, s.success, s.boot_seconds, s.downtime_seconds, s.initiated_at, s.switched_at, ROW_NUMBER() OVER (PARTITION BY p.place ORDER BY s.switched_at DESC, s.id DESC) AS nth
		FROM (SELECT k.place, k.pool, (SELECT o.switched_at FROM switches o FORCE INDEX (idx_switches_pool) WHERE o.new_pool_id = k.pool AND o.switched_at BETWEEN {{at}} - INTERVAL 30 DAY AND {{at}} ORDER BY o.switched_at DESC LIMIT 1 OFFSET 199) AS since
			FROM boot_keys k WHERE k.pool IS NOT NULL GROUP BY k.place) p
		STRAIGHT_JOIN switches s FORCE INDEX (idx_switches_pool) ON s.new_pool_id = p.pool AND s.switched_at BETWEEN COALESCE(p.since, {{at}} - INTERVAL 30 DAY) AND {{at}}
		UNION ALL
		SELECT p.place, 1, s.success, s.boot_seconds, s.downtime_seconds, s.initiated_at, s.switched_at, ROW_NUMBER() OVER (PARTITION BY p.place ORDER BY s.switched_at DESC, s.id DESC)
		FROM (SELECT k.place, k.type, k.region FROM boot_keys k WHERE k.pool = 'ondemand' GROUP BY k.place) p
		STRAIGHT_JOIN switches s FORCE INDEX (idx_switches_pool) ON s.new_pool_id IS NULL AND s.new_mode = 'ondemand' AND s.new_instance_type = p.type AND s.new_region = p.region AND s.switched_at BETWEEN {{at}} - INTERVAL 30 DAY AND {{at}}
		UNION ALL
		SELECT p.place, CASE WHEN w.new_region = p.region AND w.new_instance_type = p.type THEN 2 WHEN w.new_region = p.region THEN 3 ELSE 4 END, w.success, w.boot_seconds, w.downtime_seconds, w.initiated_at, w.switched_at, 1
		FROM (SELECT k.place, k.pool, k.type, k.region FROM boot_keys k GROUP BY k.place) p
		JOIN (SELECT s.new_pool_id, s.new_instance_type, s.new_region, s.success, s.boot_seconds, s.downtime_seconds, s.initiated_at, s.switched_at FROM switches s FORCE INDEX (idx_switches_time)
			WHERE s.switched_at BETWEEN {{at}} - INTERVAL 30 DAY AND {{at}} ORDER BY s.switched_at DESC LIMIT 500) w
			ON (p.pool IS NULL OR NOT w.new_pool_id <=> p.pool) AND NOT (p.pool <=> 'ondemand' AND w.new_pool_id IS NULL AND w.new_instance_type = p.type AND w.new_region = p.region)
	) l WHERE l.nth <= 200 AND (NOT l.success OR l.boot_seconds IS NOT NULL) HAVING boot IS NOT NULL
	UNION ALL SELECT * FROM boot_launches WHERE FALSE
), boot_counts AS (
	SELECT l.place, l.of, l.boot, COUNT(*) AS n FROM boot_launches l GROUP BY l.place, l.of, l.boot
), boot_widths AS (
	SELECT k.place, k.gone, CASE WHEN SUM(IF(c.of = 1, c.n, 0)) >= 20 THEN 1 WHEN SUM(IF(c.of <= 2, c.n, 0)) >= 20 THEN 2 WHEN SUM(IF(c.of <= 3, c.n, 0)) >= 20 THEN 3 ELSE 4 END AS of
	FROM boot_keys k LEFT JOIN boot_counts c ON c.place = k.place AND c.boot > k.gone GROUP BY k.place, k.gone
	UNION ALL SELECT * FROM boot_widths WHERE FALSE
), boot_again AS (
	SELECT e.place, e.of, MAX(l.boot) AS longest, COUNT(*) AS seen, {{nth(CONVERT(GROUP_CONCAT(IF(l.is_ok, l.takes, NULL) ORDER BY l.takes) USING ascii), CEIL(0.95 * SUM(l.is_ok)))}} AS takes
	FROM (SELECT v.place, v.of FROM boot_widths v GROUP BY v.place, v.of) e JOIN boot_launches l ON l.place = e.place AND l.of <= e.of GROUP BY e.place, e.of
), boot_longer AS (
	SELECT v.place, v.gone, v.of, a.longest, a.seen, COUNT(l.boot) AS n, COALESCE(SUM(NOT l.is_ok), 0) AS failed,
		CONVERT(GROUP_CONCAT(IF(l.is_ok, l.takes, l.boot + a.takes) ORDER BY IF(l.is_ok, l.takes, l.boot + a.takes)) USING ascii) AS takes
	FROM boot_widths v JOIN boot_again a ON a.place = v.place AND a.of = v.of LEFT JOIN boot_launches l ON l.place = v.place AND l.of <= v.of AND l.boot > v.gone
	GROUP BY v.place, v.gone
), boots_left AS (
	SELECT b.place, b.gone, IF(b.n = 0, JSON_OBJECT('n', 0, 'longest', b.longest, 'seen', b.seen),
		JSON_OBJECT('n', b.n, 'of', b.of, 's', CAST({{nth(b.takes, IF(b.n < 20, b.n, CEIL(0.95 * b.n)))}} AS SIGNED) - GREATEST(0, b.gone), 'failed', b.failed, 'slowest', IF(b.n < 20, 1, 0))) AS boot
	FROM boot_longer b
)
