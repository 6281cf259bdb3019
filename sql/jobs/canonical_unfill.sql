-- Takes back rows whose second-tier row is gone.
-- :param pool str
-- :param lo str
-- :param until str
DELETE k FROM pricing_canonical k LEFT JOIN pricing_consolidated c ON c.pool_id = k.pool_id AND c.observed_at = k.observed_at
WHERE k.pool_id = :pool AND k.observed_at >= :lo AND k.observed_at <= :until AND k.is_interpolated AND c.pool_id IS NULL
