-- Clients with what they run, what it costs and what it saves (spot primaries with both prices known), by the newest prices;
-- unpriced: how many instances cost an amount that is not known.
SELECT c.id AS client_id, c.name AS client, c.plan, c.is_active, COALESCE(k.agent_count, 0) AS agents, COALESCE(k.agent_count - k.enabled_count, 0) AS agents_off, k.total_instances, k.active_running AS running, k.zombie_count AS zombies,
       IF(m.client_id IS NULL, 0, m.cost_usd_per_hour) AS cost_usd_per_hour, IF(m.client_id IS NULL, 0, m.measured_savings_usd_per_hour) AS saved_usd_per_hour,
       IF(m.client_id IS NULL, 0, m.measured_savings_usd_per_hour * {{month_h}}) AS saved_usd_per_month, IF(m.client_id IS NULL, 0, m.zombie_cost_usd_per_hour) AS zombie_usd_per_hour,
       COALESCE(m.unpriced_count, 0) AS unpriced, COALESCE(m.unmeasured_count, 0) AS unmeasured, m.priced_at, m.summed_at, c.max_agents, c.max_instances, c.created_at
FROM clients c
LEFT JOIN v_client_totals k ON k.client_id = c.id
LEFT JOIN v_client_money m ON m.client_id = c.id
