-- Is there such a pool?
-- :param pool str
SELECT id FROM spot_pools WHERE id = :pool
