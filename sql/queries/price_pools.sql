-- The pools, in the order in which their series are told.
SELECT id FROM spot_pools ORDER BY id
