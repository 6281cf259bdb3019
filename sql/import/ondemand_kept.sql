-- The on-demand price that an import met: the one of that time, without a time the newest.
-- :param type str
-- :param region str
-- :param at str
SELECT o.price AS kept, o.recorded_at AS at FROM ondemand_prices AS o
WHERE o.instance_type = :type AND o.region = :region AND (:at IS NULL OR o.recorded_at = :at)
ORDER BY o.recorded_at DESC LIMIT 1
