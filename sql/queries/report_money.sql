-- What the fleet ran, cost and saved at :at, at the prices of then.
-- :param client str
-- :param at str
-- :param agent str
SELECT CAST(:at AS DATETIME(0)) AS at, SUM(k.total_instances) AS instances, SUM(k.zombies) AS zombies, SUM(k.cost_usd_per_hour) AS cost_usd_per_hour,
	SUM(k.saved_usd_per_hour) AS saved_usd_per_hour, SUM(k.saved_usd_per_hour) * 720 AS saved_usd_per_month, SUM(k.zombie_usd_per_hour) AS zombie_usd_per_hour
FROM (
	-- :include clients_at
) k
WHERE :client IS NULL OR k.client = :client
