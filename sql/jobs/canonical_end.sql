-- The last row whose 60 points reach back into the part.
-- :param pool str
-- :param hi str
SELECT COALESCE(MAX(observed_at), TIMESTAMP(:hi)) AS until FROM (
	SELECT observed_at FROM pricing_consolidated WHERE pool_id = :pool AND observed_at > :hi ORDER BY observed_at LIMIT 59) x
