-- The rows of the third tier, with confidence and volatility as core/jobs/canonical.c defines them. The nearest real points are found by counting them (rows with the same count share one): MIN and MAX over a growing frame read the frame again for each row.
-- :param pool str
-- :param lo str
-- :param until str
INSERT INTO pricing_canonical (pool_id, price, observed_at, confidence_score, volatility_index, is_interpolated)
SELECT :pool, w.price, w.observed_at,
	CASE WHEN NOT w.is_interpolated THEN ROUND(1 - 0.05 / GREATEST(w.source_count, 1), 2)
		ELSE ROUND(0.90 * EXP(-LEAST(COALESCE(TIMESTAMPDIFF(MINUTE, w.real_before, w.observed_at), 1500), COALESCE(TIMESTAMPDIFF(MINUTE, w.observed_at, w.real_after), 1500)) / 720), 2) END,
	CASE WHEN w.n < 2 THEN NULL WHEN w.s1 = 0 THEN 0
		ELSE LEAST(9.9999, ROUND(SQRT(GREATEST(w.n * w.s2 - w.s1 * w.s1, 0)) / w.s1, 4)) END,
	w.is_interpolated
FROM (
	SELECT x.*, COUNT(x.real_price) OVER l AS n, SUM(x.real_price) OVER l AS s1, SUM(x.real_price * x.real_price) OVER l AS s2,
		IF(x.reals_before > 0, MIN(x.observed_at) OVER (PARTITION BY x.reals_before), NULL) AS real_before,
		IF(x.reals_after > 0, MAX(x.observed_at) OVER (PARTITION BY x.reals_after), NULL) AS real_after
	FROM (
		SELECT c.price, c.observed_at, c.is_interpolated, c.source_count, IF(c.is_interpolated, NULL, c.price) AS real_price,
			SUM(NOT c.is_interpolated) OVER (ORDER BY c.observed_at ROWS UNBOUNDED PRECEDING) AS reals_before,
			SUM(NOT c.is_interpolated) OVER (ORDER BY c.observed_at DESC ROWS UNBOUNDED PRECEDING) AS reals_after
		FROM (
			(SELECT price, observed_at, is_interpolated, source_count FROM pricing_consolidated WHERE pool_id = :pool AND observed_at < :lo AND observed_at >= :lo - INTERVAL 100 DAY ORDER BY observed_at DESC LIMIT 59)
			UNION ALL
			(SELECT price, observed_at, is_interpolated, source_count FROM pricing_consolidated WHERE pool_id = :pool AND observed_at >= :lo AND observed_at <= :until)
			UNION ALL
			(SELECT price, observed_at, is_interpolated, source_count FROM pricing_consolidated WHERE pool_id = :pool AND observed_at > :until AND observed_at <= :until + INTERVAL 100 DAY AND NOT is_interpolated ORDER BY observed_at LIMIT 1)
		) c
	) x
	WINDOW l AS (ORDER BY x.observed_at ROWS BETWEEN 59 PRECEDING AND CURRENT ROW)
) w
WHERE w.observed_at >= :lo AND w.observed_at <= :until
ORDER BY w.observed_at
ON DUPLICATE KEY UPDATE price = VALUES(price), confidence_score = VALUES(confidence_score), volatility_index = VALUES(volatility_index), is_interpolated = VALUES(is_interpolated)
