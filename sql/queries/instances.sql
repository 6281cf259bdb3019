-- Every instance with its state, its clocks and what it costs.
-- :param agent str
-- :param client str
-- :param pool str
-- :param status str
SELECT i.id AS instance_id, i.agent_id, a.logical_agent_id AS agent, c.name AS client, i.instance_status, i.is_primary, i.is_active,
       i.current_mode AS mode, i.current_pool_id AS pool, i.instance_type, i.region, i.az,
       IF(i.is_active, {{spot_of(i, p)}}, i.spot_price) AS spot_usd_per_hour, IF(i.is_active, {{ondemand_of(i)}}, i.ondemand_price) AS ondemand_usd_per_hour,
       IF(i.is_active, {{usd_at(i, p)}}, COALESCE(i.launch_confirmed_at, i.created_at)) AS priced_at,
       CASE i.instance_status WHEN 'launching' THEN {{ago_s(i.launch_requested_at)}}
                              WHEN 'terminating' THEN {{ago_s(i.termination_requested_at)}} END AS in_state_seconds,
       i.launch_requested_at, i.launch_confirmed_at, i.launch_duration_seconds,
       i.termination_requested_at, i.termination_confirmed_at, i.termination_duration_seconds,
       i.created_at, i.updated_at, i.version,
       FIELD(i.instance_status, 'zombie', 'launching', 'terminating', 'promoting', 'running_primary', 'running_replica', 'terminated') AS state_rank
FROM instances i
LEFT JOIN clients c ON c.id = i.client_id
LEFT JOIN agents a ON a.id = i.agent_id
LEFT JOIN spot_pools p ON p.id = i.current_pool_id
WHERE (:agent IS NULL OR i.agent_id = :agent)
  AND (:client IS NULL OR c.name = :client)
  AND (:pool IS NULL OR i.current_pool_id = :pool)
  AND (:status IS NULL OR i.instance_status = :status)
