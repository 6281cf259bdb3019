-- The connection answers for the pool until the step ends (the step looks once, at its end, that the pool is still there).
-- :param pool str
SET @spotop_pool = :pool
