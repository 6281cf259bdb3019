-- Is the pool still there? Locked only now, so that agents who report its price wait for no more than the commit.
-- :param pool str
SELECT id FROM spot_pools WHERE id = :pool LOCK IN SHARE MODE
