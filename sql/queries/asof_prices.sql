-- What each pool cost at :at: the price it keeps, if that is not newer; else the newest price not after it, of the raw tier, else the consolidated, else the
-- canonical, at most 25 h old; older ones from the hours that were over by then. tier and price_at say which.
-- The LIMIT is none: it has the server make this once, and not for each row that is joined to it.
-- :param at str
SELECT q.id AS pool_id, q.price_at, q.tier, CASE q.tier
		WHEN 'pool' THEN q.last_price
		WHEN 'raw' THEN (SELECT s.price FROM spot_price_snapshots s WHERE s.pool_id = q.id AND s.observed_at = q.price_at
			ORDER BY s.source_instance_role IS NULL, s.source_instance_role, s.created_at DESC LIMIT 1)
		WHEN 'consolidated' THEN (SELECT c.price FROM pricing_consolidated c WHERE c.pool_id = q.id AND c.observed_at = q.price_at)
		WHEN 'canonical' THEN (SELECT k.price FROM pricing_canonical k WHERE k.pool_id = q.id AND k.observed_at = q.price_at)
		WHEN 'hourly' THEN (SELECT h.price_close FROM pool_price_hourly h WHERE h.pool_id = q.id AND h.hour_at = q.price_at - INTERVAL 1 HOUR) END AS price
FROM (
	SELECT t.id, t.last_price, COALESCE(t.kept_at, t.raw_at, t.consolidated_at, t.canonical_at, t.hour_at) AS price_at,
		CASE WHEN t.kept_at IS NOT NULL THEN 'pool' WHEN t.raw_at IS NOT NULL THEN 'raw' WHEN t.consolidated_at IS NOT NULL THEN 'consolidated'
			WHEN t.canonical_at IS NOT NULL THEN 'canonical' WHEN t.hour_at IS NOT NULL THEN 'hourly' END AS tier
	FROM (
		SELECT p.id, p.last_price, IF(p.last_price IS NOT NULL AND p.last_price_at <= :at, p.last_price_at, NULL) AS kept_at,
			(SELECT MAX(s.observed_at) FROM spot_price_snapshots s WHERE s.pool_id = p.id AND s.observed_at <= :at AND s.observed_at > CAST(:at AS DATETIME) - INTERVAL 25 HOUR) AS raw_at,
			(SELECT MAX(c.observed_at) FROM pricing_consolidated c WHERE c.pool_id = p.id AND c.observed_at <= :at AND c.observed_at > CAST(:at AS DATETIME) - INTERVAL 25 HOUR) AS consolidated_at,
			(SELECT MAX(k.observed_at) FROM pricing_canonical k WHERE k.pool_id = p.id AND k.observed_at <= :at AND k.observed_at > CAST(:at AS DATETIME) - INTERVAL 25 HOUR) AS canonical_at,
			(SELECT MAX(h.hour_at) + INTERVAL 1 HOUR FROM pool_price_hourly h WHERE h.pool_id = p.id AND h.hour_at <= CAST(:at AS DATETIME) - INTERVAL 1 HOUR) AS hour_at
		FROM spot_pools p
	) t
) q
LIMIT 1000000
