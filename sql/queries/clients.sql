-- Clients with what they run, what it costs and what it saves (spot primaries with both prices known).
SELECT c.id AS client_id, c.name AS client, c.plan, c.is_active, n.agents, k.total_instances, k.running, k.zombies,
       k.cost_usd_per_hour, k.saved_usd_per_hour, k.saved_usd_per_hour * 24 * 30 AS saved_usd_per_month,
       k.zombie_usd_per_hour, c.max_agents, c.max_instances, c.created_at
FROM clients c
LEFT JOIN (SELECT client_id, SUM(total_instances) AS total_instances, SUM(active_running) AS running, SUM(zombie_count) AS zombies,
                  SUM(cost_usd_per_hour) AS cost_usd_per_hour, SUM(measured_savings_usd_per_hour) AS saved_usd_per_hour,
                  SUM(zombie_cost_usd_per_hour) AS zombie_usd_per_hour
           FROM instance_counts WHERE slot > 0 GROUP BY client_id) k ON k.client_id = c.id
LEFT JOIN (SELECT client_id, COUNT(*) AS agents FROM agents GROUP BY client_id) n ON n.client_id = c.id
