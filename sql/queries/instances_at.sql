-- Every instance as it was at :at, with its clocks and what it cost then.
-- :param agent str
-- :param client str
-- :param pool str
-- :param status str
-- :param at str
SELECT i.id AS instance_id, i.agent_id, a.logical_agent_id AS agent, c.name AS client, i.state AS instance_status, i.is_primary_then AS is_primary,
       i.state <> 'terminated' AS is_active, i.current_mode AS mode, i.current_pool_id AS pool, i.instance_type, i.region, i.az,
       IF(i.current_mode = 'spot', IF(i.state = 'terminated', i.spot_now, COALESCE(p.price, i.spot_now)), NULL) AS spot_usd_per_hour, IF(i.state = 'terminated', i.ondemand_now, COALESCE(o.price, i.ondemand_now)) AS ondemand_usd_per_hour,
       IF(i.current_mode = 'spot' AND i.state <> 'terminated', p.price_at, NULL) AS priced_at,
       CASE i.state WHEN 'launching' THEN TIMESTAMPDIFF(SECOND, i.launch_requested_at, :at)
                    WHEN 'terminating' THEN TIMESTAMPDIFF(SECOND, i.leaving_at, :at) END AS in_state_seconds,
       i.launch_requested_at, IF(i.launch_confirmed_at <= :at, i.launch_confirmed_at, NULL) AS launch_confirmed_at,
       IF(i.launch_confirmed_at <= :at, i.launch_duration_seconds, NULL) AS launch_duration_seconds,
       IF(i.leaving_at <= :at, i.leaving_at, NULL) AS termination_requested_at, IF(i.ended_at <= :at, i.ended_at, NULL) AS termination_confirmed_at,
       IF(i.ended_at <= :at, i.termination_duration_seconds, NULL) AS termination_duration_seconds,
       i.created_at, IF(i.is_as_now, i.updated_at, NULL) AS updated_at, IF(i.is_as_now, i.version, NULL) AS version,
       FIELD(i.state, 'zombie', 'launching', 'terminating', 'promoting', 'running_primary', 'running_replica', 'terminated') AS state_rank
FROM (
	SELECT x.id, x.client_id, x.agent_id, x.instance_type, x.region, x.az, x.current_mode, x.current_pool_id, x.spot_now, x.ondemand_now, x.is_as_now, x.state, x.is_primary_then,
		x.launch_requested_at, x.launch_confirmed_at, x.launch_duration_seconds, x.leaving_at, x.ended_at, x.termination_duration_seconds, x.created_at, x.updated_at, x.version
	FROM (
		-- :include asof_instances
	) x
	UNION ALL
	SELECT t.id, t.client_id, t.agent_id, t.instance_type, t.region, t.az, t.current_mode, t.current_pool_id, t.spot_price, t.ondemand_price, t.updated_at <= :at, 'terminated', 0,
		t.launch_requested_at, t.launch_confirmed_at, t.launch_duration_seconds, t.termination_requested_at, t.terminated_at, t.termination_duration_seconds,
		t.created_at, t.updated_at, t.version
	FROM instances t
	WHERE t.terminated_at <= CAST(:at AS DATETIME) - INTERVAL 1 DAY AND (:agent IS NULL OR t.agent_id = :agent)
) i
LEFT JOIN clients c ON c.id = i.client_id
LEFT JOIN agents a ON a.id = i.agent_id
LEFT JOIN (
	-- :include asof_prices
) p ON p.pool_id = i.current_pool_id
LEFT JOIN (
	-- :include asof_ondemand
) o ON o.instance_type = i.instance_type AND o.region = i.region
WHERE (:client IS NULL OR c.name = :client)
  AND (:pool IS NULL OR i.current_pool_id = :pool)
  AND (:status IS NULL OR i.state = :status)
