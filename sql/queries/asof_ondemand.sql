-- The on-demand list prices that held at :at.
-- :param at str
SELECT o.instance_type, o.region, o.price
FROM ondemand_prices o
JOIN (SELECT x.instance_type, x.region, MAX(x.recorded_at) AS recorded_at FROM ondemand_prices x WHERE x.recorded_at <= :at
	GROUP BY x.instance_type, x.region) m ON m.instance_type = o.instance_type AND m.region = o.region AND m.recorded_at = o.recorded_at
