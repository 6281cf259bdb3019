-- Prices of up to four pools in a window, from the three tiers, thinned to one point per bucket of :bucket seconds.
-- :param pool1 str
-- :param pool2 str
-- :param pool3 str
-- :param pool4 str
-- :param from str
-- :param to str
-- :param bucket int
SELECT pool_id AS pool, 'raw' AS tier, MAX(observed_at) AS at, AVG(price) AS price, 0 AS is_interpolated, COUNT(*) AS source_count, NULL AS confidence
FROM spot_price_snapshots WHERE pool_id IN (:pool1, :pool2, :pool3, :pool4) AND observed_at BETWEEN :from AND :to
GROUP BY pool_id, UNIX_TIMESTAMP(observed_at) DIV :bucket
UNION ALL
SELECT pool_id, 'consolidated', MAX(observed_at), AVG(price), MIN(is_interpolated), SUM(source_count), NULL
FROM pricing_consolidated WHERE pool_id IN (:pool1, :pool2, :pool3, :pool4) AND observed_at BETWEEN :from AND :to
GROUP BY pool_id, UNIX_TIMESTAMP(observed_at) DIV :bucket
UNION ALL
SELECT pool_id, 'canonical', MAX(observed_at), AVG(price), MIN(is_interpolated), COUNT(*), AVG(confidence_score)
FROM pricing_canonical WHERE pool_id IN (:pool1, :pool2, :pool3, :pool4) AND observed_at BETWEEN :from AND :to
GROUP BY pool_id, UNIX_TIMESTAMP(observed_at) DIV :bucket
ORDER BY pool, tier, at
