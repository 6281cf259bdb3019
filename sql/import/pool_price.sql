-- Sets a pool's cached price to the newest imported one that is not in the future, unless a newer one is there.
-- :param pool str
-- :param price dec
-- :param at str
UPDATE spot_pools SET last_price = :price, last_price_at = LEAST(:at, CURRENT_TIMESTAMP)
WHERE id = :pool AND {{outranks(:at, last_price_at)}} AND :at <= CURRENT_TIMESTAMP + INTERVAL 5 MINUTE
