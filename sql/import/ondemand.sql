-- Adds one on-demand price. Without a time it is of now, and left out when the newest one is the same.
-- :param type str
-- :param region str
-- :param price dec
-- :param at str
INSERT IGNORE INTO ondemand_prices (instance_type, region, price, recorded_at)
SELECT :type, :region, :price, COALESCE(:at, CURRENT_TIMESTAMP)
FROM (SELECT 1 AS one) AS one
WHERE :at IS NOT NULL OR NOT :price <=> (
	SELECT o.price FROM ondemand_prices AS o WHERE o.instance_type = :type AND o.region = :region
	ORDER BY o.recorded_at DESC LIMIT 1)
