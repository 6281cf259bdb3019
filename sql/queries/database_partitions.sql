-- The partitions of each table by time: how many, of which range, and rows that lie where nobody made one.
SELECT p.TABLE_NAME AS table_name, SUM(p.is_made) AS partitions, MIN(IF(p.is_made, p.ends_at, NULL)) AS first_ends_at, MAX(IF(p.is_made, p.ends_at, NULL)) AS last_ends_at,
	TIMESTAMPDIFF(HOUR, NOW(), MAX(IF(p.is_made, p.ends_at, NULL))) AS hours_ahead, SUM(p.TABLE_ROWS) AS row_count, SUM(p.bytes) AS total_bytes,
	SUM(IF(p.is_made, 0, p.TABLE_ROWS)) AS catch_all_rows, CASE WHEN SUM(IF(p.is_made, 0, p.TABLE_ROWS)) > 0 THEN 'rows in a catch-all'
		WHEN MAX(IF(p.is_made, p.ends_at, NULL)) < NOW() + INTERVAL 24 HOUR OR SUM(p.is_made) = 0 THEN 'late' ELSE 'ok' END AS state
FROM (SELECT x.TABLE_NAME, x.TABLE_ROWS, x.DATA_LENGTH + x.INDEX_LENGTH AS bytes, NOT (x.PARTITION_NAME IN ('p_past', 'p_future', 'p_current') OR x.PARTITION_NAME LIKE 'g\_%') AS is_made,
		IF(x.PARTITION_DESCRIPTION = 'MAXVALUE', NULL, CAST('1970-01-01' AS DATETIME) + INTERVAL CAST(x.PARTITION_DESCRIPTION AS SIGNED) SECOND) AS ends_at
	FROM information_schema.PARTITIONS x WHERE x.TABLE_SCHEMA = DATABASE() AND x.PARTITION_METHOD = 'RANGE') p
GROUP BY p.TABLE_NAME
