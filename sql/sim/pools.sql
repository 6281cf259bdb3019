-- The newest price of each pool.
SELECT id, last_price FROM spot_pools ORDER BY id
