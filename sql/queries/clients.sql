-- Clients with what they run, what it costs and what it saves (spot primaries with both prices known).
SELECT c.id AS client_id, c.name AS client, c.plan, c.is_active, COALESCE(k.agent_count, 0) AS agents, COALESCE(k.agent_count - k.enabled_count, 0) AS agents_off, k.total_instances, k.active_running AS running, k.zombie_count AS zombies,
       k.cost_usd_per_hour, k.measured_savings_usd_per_hour AS saved_usd_per_hour, k.measured_savings_usd_per_hour * {{month_h}} AS saved_usd_per_month,
       k.zombie_cost_usd_per_hour AS zombie_usd_per_hour, c.max_agents, c.max_instances, c.created_at
FROM clients c
LEFT JOIN v_client_totals k ON k.client_id = c.id
