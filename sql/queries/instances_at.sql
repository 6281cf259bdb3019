-- Every instance as it was at :at, with its clocks and what it cost then. What s holds of all of them is short: the rest is read for the rows
-- of the page alone.
-- :param agent str
-- :param client str
-- :param pool str
-- :param status str
-- :param at str
SELECT s.id AS instance_id, i.agent_id, a.logical_agent_id AS agent, c.name AS client, s.state AS instance_status, s.is_primary_then AS is_primary,
       s.state <> 'terminated' AS is_active, i.current_mode AS mode, i.current_pool_id AS pool, i.instance_type, i.region, i.az,
       IF(i.current_mode = 'spot', IF(s.state = 'terminated', i.spot_price, COALESCE(p.price, i.spot_price)), NULL) AS spot_usd_per_hour, IF(s.state = 'terminated', i.ondemand_price, COALESCE(o.price, i.ondemand_price)) AS ondemand_usd_per_hour,
       IF(i.current_mode = 'spot' AND s.state <> 'terminated', p.price_at, NULL) AS priced_at,
       CASE s.state WHEN 'launching' THEN TIMESTAMPDIFF(SECOND, i.launch_requested_at, :at)
                    WHEN 'terminating' THEN TIMESTAMPDIFF(SECOND, i.termination_requested_at, :at) END AS in_state_seconds,
       i.launch_requested_at, IF(i.launch_confirmed_at <= :at, i.launch_confirmed_at, NULL) AS launch_confirmed_at,
       IF(i.launch_confirmed_at <= :at, i.launch_duration_seconds, NULL) AS launch_duration_seconds,
       IF(i.termination_requested_at <= :at, i.termination_requested_at, NULL) AS termination_requested_at, IF({{ended_then(i)}} <= :at, {{ended_then(i)}}, NULL) AS termination_confirmed_at,
       IF({{ended_then(i)}} <= :at, i.termination_duration_seconds, NULL) AS termination_duration_seconds,
       i.created_at, IF(i.updated_at <= :at, i.updated_at, NULL) AS updated_at, IF(i.updated_at <= :at, i.version, NULL) AS version,
       FIELD(s.state, 'zombie', 'launching', 'terminating', 'promoting', 'running_primary', 'running_replica', 'terminated') AS state_rank
FROM (
	SELECT x.id, x.state, x.is_primary_then
	FROM (
		-- :include asof_instances
	) x WHERE x.lived
	UNION ALL
	SELECT t.id, 'terminated', 0
	FROM instances t
	WHERE t.terminated_at <= CAST(:at AS DATETIME) - INTERVAL 1 DAY AND (:agent IS NULL OR t.agent_id = :agent)
) s
STRAIGHT_JOIN instances i ON i.id = s.id
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
  AND (:status IS NULL OR s.state = :status)
