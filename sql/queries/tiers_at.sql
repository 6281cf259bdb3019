-- How far the raw prices reached at :at; of the other tiers that is not kept, nor what they held.
-- :param at str
SELECT t.tier, t.place, t.table_name, t.newest_at, TIMESTAMPDIFF(SECOND, t.newest_at, CAST(:at AS DATETIME)) AS lag_seconds, CAST(NULL AS INT) AS parts, CAST(NULL AS CHAR) AS first_part,
	CAST(NULL AS CHAR) AS last_part, CAST(NULL AS INT) AS rows_estimated, CAST(NULL AS INT) AS bytes
FROM (
	SELECT 1 AS place, 'raw' AS tier, 'spot_price_snapshots' AS table_name, (SELECT MAX(p.price_at) FROM (
		-- :include asof_prices
	) p WHERE p.tier IN ('pool', 'raw')) AS newest_at
	UNION ALL SELECT 2, 'consolidated', 'pricing_consolidated', NULL
	UNION ALL SELECT 3, 'canonical', 'pricing_canonical', NULL
	UNION ALL SELECT 4, 'hourly', 'pool_price_hourly', NULL
) t
