-- Puts the points in, marked.
-- :param pool str
-- :param run str
INSERT INTO pricing_consolidated (pool_id, price, observed_at, is_interpolated, source_count, consolidation_job_id)
SELECT :pool, p.price, p.observed_at, TRUE, 0, :run FROM job_points p ORDER BY p.observed_at
ON DUPLICATE KEY UPDATE price = IF(pricing_consolidated.is_interpolated, VALUES(price), pricing_consolidated.price)
