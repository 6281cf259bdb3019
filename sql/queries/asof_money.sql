-- What each client ran, paid and saved at :at, by the prices of then; unpriced: how many instances' are not known.
-- :param at str
-- :param agent str
SELECT i.client_id, SUM(i.state <> 'terminated') AS total_instances, SUM(i.state IN ('running_primary', 'running_replica')) AS running, SUM(i.state = 'zombie') AS zombies,
	-- :include asof_money_sums
FROM (
	-- :include asof_costs
) i
GROUP BY i.client_id
