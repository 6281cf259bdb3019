-- What the fleet ran, cost and saved at :at, by the newest prices of then, as the overview counts it; prices says how old the
-- oldest of them was and how many instances have none.
-- :param client str
-- :param at str
-- :param agent str
SELECT CAST(:at AS DATETIME(0)) AS at, SUM(k.total_instances) AS instances, SUM(k.zombies) AS zombies, SUM(k.cost_usd_per_hour) AS cost_usd_per_hour,
	SUM(k.saved_usd_per_hour) AS saved_usd_per_hour, SUM(k.saved_usd_per_hour) * {{month_h}} AS saved_usd_per_month, SUM(k.zombie_usd_per_hour) AS zombie_usd_per_hour,
	MIN(k.priced_at) AS priced_at, SUM(k.unpriced) AS unpriced, SUM(k.unmeasured) AS unmeasured
FROM (
	-- :include asof_money
) k
JOIN clients c ON c.id = k.client_id
WHERE :client IS NULL OR c.name = :client
