-- Takes back points of gaps that are no longer so.
-- :param pool str
-- :param lo str
-- :param hi str
DELETE c FROM pricing_consolidated c LEFT JOIN job_points p ON p.observed_at = c.observed_at
WHERE c.pool_id = :pool AND c.observed_at > :lo AND c.observed_at < :hi AND c.is_interpolated AND p.observed_at IS NULL
