-- Pools by price: now, against on-demand, against a day ago, how much it moves, how often boxes there are interrupted, and how far the tiers lag.
-- :param region str
SELECT p.id AS pool, p.instance_type, p.region, p.az, p.last_price AS spot_usd_per_hour, p.last_price_at, TIMESTAMPDIFF(SECOND, p.last_price_at, NOW()) AS price_age_seconds,
	o.price AS ondemand_usd_per_hour, CASE WHEN o.price > 0 THEN (o.price - p.last_price) / o.price END AS saving,
	CASE WHEN h.price_close > 0 THEN (p.last_price - h.price_close) / h.price_close END AS change_24h,
	(SELECT k.volatility_index FROM pricing_canonical k WHERE k.pool_id = p.id AND k.observed_at <= NOW() AND k.observed_at >= NOW() - INTERVAL 8 DAY ORDER BY k.observed_at DESC LIMIT 1) AS volatility,
	CASE WHEN p.instance_days_30d >= 1 THEN p.notice_count_30d / p.instance_days_30d END AS breaks_per_day, p.notice_count_30d AS notices_30d, p.instance_days_30d,
	p.boot_p50_seconds, p.boot_p95_seconds, p.boot_n_30d AS boot_n, p.is_cordoned AND (p.cordoned_until IS NULL OR p.cordoned_until > NOW()) AS is_cordoned
FROM spot_pools p
LEFT JOIN ondemand_prices o ON o.instance_type = p.instance_type AND o.region = p.region
	AND o.recorded_at = (SELECT MAX(n.recorded_at) FROM ondemand_prices n WHERE n.instance_type = p.instance_type AND n.region = p.region AND n.recorded_at <= NOW())
LEFT JOIN pool_price_hourly h ON h.pool_id = p.id AND h.hour_at = (SELECT MAX(g.hour_at) FROM pool_price_hourly g WHERE g.pool_id = p.id AND g.hour_at <= NOW() - INTERVAL 24 HOUR AND g.hour_at > NOW() - INTERVAL 72 HOUR)
WHERE p.is_active AND (:region IS NULL OR p.region = :region)
