-- How far each tier of a pool reaches and how much of it is measured.
-- :param pool str
SELECT (SELECT TIMESTAMPDIFF(SECOND, MAX(observed_at), NOW()) FROM spot_price_snapshots WHERE pool_id = :pool AND observed_at BETWEEN NOW() - INTERVAL 2 DAY AND NOW()) AS raw_lag_seconds,
       (SELECT TIMESTAMPDIFF(SECOND, MAX(observed_at), NOW()) FROM pricing_consolidated WHERE pool_id = :pool AND observed_at <= NOW()) AS consolidated_lag_seconds,
       (SELECT TIMESTAMPDIFF(SECOND, MAX(observed_at), NOW()) FROM pricing_canonical WHERE pool_id = :pool AND observed_at <= NOW()) AS canonical_lag_seconds,
       (SELECT AVG(is_interpolated) FROM pricing_consolidated WHERE pool_id = :pool AND observed_at > NOW() - INTERVAL 7 DAY) AS interpolated_share,
       (SELECT AVG(source_count) FROM pricing_consolidated WHERE pool_id = :pool AND NOT is_interpolated AND observed_at > NOW() - INTERVAL 7 DAY) AS sources,
       (SELECT AVG(confidence_score) FROM pricing_canonical WHERE pool_id = :pool AND observed_at > NOW() - INTERVAL 7 DAY) AS confidence
