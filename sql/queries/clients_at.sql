-- Clients with what they ran, what it cost and what it saved at :at (spot primaries with both prices known).
-- :param at str
-- :param agent str
SELECT c.id AS client_id, c.name AS client, NULL AS plan, NULL AS is_active, COALESCE(n.agents, 0) AS agents, COALESCE(n.agents_off, 0) AS agents_off, COALESCE(k.total_instances, 0) AS total_instances,
       COALESCE(k.running, 0) AS running, COALESCE(k.zombies, 0) AS zombies, IF(k.client_id IS NULL, 0, k.cost_usd_per_hour) AS cost_usd_per_hour, IF(k.client_id IS NULL, 0, k.saved_usd_per_hour) AS saved_usd_per_hour,
       IF(k.client_id IS NULL, 0, k.saved_usd_per_hour * {{month_h}}) AS saved_usd_per_month, IF(k.client_id IS NULL, 0, k.zombie_usd_per_hour) AS zombie_usd_per_hour,
       COALESCE(k.unpriced, 0) AS unpriced, COALESCE(k.unmeasured, 0) AS unmeasured, k.priced_at, CAST(NULL AS DATETIME) AS summed_at, CAST(NULL AS INT) AS max_agents, CAST(NULL AS INT) AS max_instances, c.created_at
FROM clients c
LEFT JOIN (
	-- :include asof_money
) k ON k.client_id = c.id
LEFT JOIN (SELECT g.client_id, COUNT(*) AS agents, SUM(NOT g.enabled) AS agents_off FROM (
	-- :include enabled_at
) g GROUP BY g.client_id) n ON n.client_id = c.id
WHERE c.created_at <= :at
