-- The prices that jumped since then: pools whose price moved by more than a tenth, from what it was to what it is at :at.
-- :param since str
-- :param at str
-- :param agent str
SELECT n.pool_id AS pool, h.low AS lowest_usd_per_hour, h.high AS highest_usd_per_hour, n.price AS usd_per_hour, n.price_at,
	TIMESTAMPDIFF(SECOND, n.price_at, :at) AS age_seconds, (h.high - h.low) / h.low AS span,
	COALESCE(i.primaries, 0) AS primaries_there
FROM (
	-- :include asof_prices
) n
JOIN (
	SELECT x.pool_id, MIN(x.price) AS low, MAX(x.price) AS high FROM (
		SELECT pool_id, price FROM spot_price_snapshots WHERE observed_at > :since AND observed_at <= :at
		UNION ALL SELECT pool_id, price FROM pricing_consolidated WHERE observed_at > :since AND observed_at <= :at AND NOT is_interpolated
		UNION ALL SELECT pool_id, price FROM pricing_canonical WHERE observed_at > :since AND observed_at <= :at AND NOT is_interpolated
	) x GROUP BY x.pool_id
) h ON h.pool_id = n.pool_id
LEFT JOIN (SELECT b.current_pool_id, COUNT(*) AS primaries FROM (
	-- :include asof_instances
) b WHERE b.lived AND b.is_primary_then GROUP BY b.current_pool_id) i ON i.current_pool_id = n.pool_id
WHERE h.low > 0 AND h.high - h.low > 0.1 * h.low
ORDER BY (h.high - h.low) / h.low DESC
LIMIT 20
