-- What was switched from where to where, failures included, with downtime and effect on cost. -- :now
-- What had been switched by :at. -- :at
-- :past
-- :param agent str
-- :param client str
-- :param dated str
SELECT w.id AS switch_id, w.agent_id, a.logical_agent_id AS agent, c.name AS client, w.switched_at, w.success,
       w.event_trigger, w.trigger_type, w.old_instance_id, w.new_instance_id,
       COALESCE(w.old_pool_id, w.old_mode) AS old_pool, COALESCE(w.new_pool_id, w.new_mode) AS new_pool,
       w.old_spot_price, w.new_spot_price, w.on_demand_price, w.savings_impact, w.downtime_seconds, w.boot_seconds,
       w.error_message, w.command_id, w.request_id,
       {{dated(w.switched_at)}} AS dated -- :now
       'past' AS dated -- :at
FROM switches w
LEFT JOIN agents a ON a.id = w.agent_id
LEFT JOIN clients c ON c.id = w.client_id
WHERE (:agent IS NULL OR w.agent_id = :agent)
  AND w.switched_at <= :at -- :at
  AND {{is_dated(w.switched_at, :dated)}} -- :now
  AND (:client IS NULL OR c.name = :client)
