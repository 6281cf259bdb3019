-- What each client ran, paid and saved at :at; inferred: how many instances' prices are their pool's of then and not their own.
-- :param at str
-- :param agent str
SELECT i.client_id, SUM(i.state <> 'terminated') AS total_instances, SUM(i.state IN ('running_primary', 'running_replica')) AS running, SUM(i.state = 'zombie') AS zombies,
	SUM(i.cost_then) AS cost_usd_per_hour, SUM(i.saved_then) AS saved_usd_per_hour, SUM(IF(i.state = 'zombie', i.cost_then, 0)) AS zombie_usd_per_hour,
	SUM(i.state NOT IN ('launching', 'terminated') AND NOT i.is_as_now) AS inferred
FROM (
	-- :include asof_boxes
) i
GROUP BY i.client_id
