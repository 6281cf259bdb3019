-- Gaps of more than an hour between neighbouring real points. The snapshot behind a point is looked for second by second: over a range that each row sets the server would read all of the pool.
-- :param pool str
-- :param lo str
-- :param hi str
CREATE OR REPLACE TEMPORARY TABLE job_gaps ENGINE = MEMORY
SELECT g.since, g.price, g.until, g.next_price, TIMESTAMPDIFF(MINUTE, g.since, g.until) AS minutes,
	EXISTS (SELECT 1 FROM seq_0_to_59 k STRAIGHT_JOIN spot_price_snapshots s ON s.pool_id = :pool AND s.observed_at = g.since + INTERVAL k.seq SECOND
		WHERE {{imported(s)}} AND s.source_instance_role IS NULL AND NOT s.is_duplicate) AS is_import
FROM (
	SELECT observed_at AS since, price, LEAD(observed_at) OVER (ORDER BY observed_at) AS until, LEAD(price) OVER (ORDER BY observed_at) AS next_price
	FROM pricing_consolidated WHERE pool_id = :pool AND observed_at >= :lo AND observed_at <= :hi AND NOT is_interpolated
) g
WHERE g.until > g.since + INTERVAL 60 MINUTE
