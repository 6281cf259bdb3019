-- One pool's canonical prices, oldest first.
-- :param pool str
-- :param from str
-- :param to str
-- :param min_confidence dec
SELECT c.observed_at, c.pool_id AS pool, c.price AS usd_per_hour, c.is_interpolated, c.confidence_score, c.volatility_index
FROM pricing_canonical c
WHERE c.pool_id = :pool AND c.observed_at >= :from AND c.observed_at < :to
  AND (:min_confidence IS NULL OR c.confidence_score >= :min_confidence)
ORDER BY c.observed_at
