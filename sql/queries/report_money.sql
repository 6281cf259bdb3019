-- What the fleet ran, cost and saved at :at. Prices are measured (as each instance recorded them, as the overview counts them), or, where an instance has
-- changed since, inferred from its pool's price of then.
-- :param client str
-- :param at str
-- :param agent str
SELECT CAST(:at AS DATETIME(0)) AS at, SUM(k.total_instances) AS instances, SUM(k.zombies) AS zombies, SUM(k.cost_usd_per_hour) AS cost_usd_per_hour,
	SUM(k.saved_usd_per_hour) AS saved_usd_per_hour, SUM(k.saved_usd_per_hour) * {{month_h}} AS saved_usd_per_month, SUM(k.zombie_usd_per_hour) AS zombie_usd_per_hour,
	IF(SUM(k.inferred) > 0, CONCAT('inferred of ', SUM(k.inferred)), 'measured') AS prices
FROM (
	-- :include asof_money
) k
JOIN clients c ON c.id = k.client_id
WHERE :client IS NULL OR c.name = :client
