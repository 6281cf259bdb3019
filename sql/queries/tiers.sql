-- The three tiers and the hours: newest row, lag behind now, parts and their range, rows as the server estimates them.
SELECT t.tier, t.place, t.table_name, t.newest_at, TIMESTAMPDIFF(SECOND, t.newest_at, NOW()) AS lag_seconds, p.parts, p.first_part, p.last_part, p.rows_estimated, p.bytes
FROM (
	SELECT 1 AS place, 'raw' AS tier, 'spot_price_snapshots' AS table_name, (SELECT MAX(last_price_at) FROM spot_pools WHERE last_price_at <= NOW()) AS newest_at
	UNION ALL SELECT 2, 'consolidated', 'pricing_consolidated', (SELECT MAX((SELECT MAX(c.observed_at) FROM pricing_consolidated c WHERE c.pool_id = q.id AND c.observed_at BETWEEN NOW() - INTERVAL 14 DAY AND NOW())) FROM spot_pools q)
	UNION ALL SELECT 3, 'canonical', 'pricing_canonical', (SELECT MAX((SELECT MAX(k.observed_at) FROM pricing_canonical k WHERE k.pool_id = q.id AND k.observed_at BETWEEN NOW() - INTERVAL 14 DAY AND NOW())) FROM spot_pools q)
	UNION ALL SELECT 4, 'hourly', 'pool_price_hourly', (SELECT MAX(hour_at) FROM pool_price_hourly WHERE hour_at <= NOW())
) t
LEFT JOIN (SELECT TABLE_NAME, SUM(PARTITION_NAME LIKE 'p\_2%') AS parts, MIN(IF(PARTITION_NAME LIKE 'p\_2%', PARTITION_NAME, NULL)) AS first_part,
	MAX(IF(PARTITION_NAME LIKE 'p\_2%', PARTITION_NAME, NULL)) AS last_part, SUM(TABLE_ROWS) AS rows_estimated, SUM(DATA_LENGTH + INDEX_LENGTH) AS bytes
	FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() GROUP BY TABLE_NAME) p ON p.TABLE_NAME = t.table_name
ORDER BY t.place
