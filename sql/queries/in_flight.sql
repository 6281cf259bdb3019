-- What is in flight: outages that go on, plans that run, commands under way, launches and terminations; the longest first. -- :now
-- What was in flight at :at: outages that went on, plans that ran, commands under way, launches and terminations; the longest first. -- :at
-- :past
-- :param agent str
-- :param client str
-- :param pool str
SELECT f.what, a.logical_agent_id AS agent, f.detail, f.since, TIMESTAMPDIFF(SECOND, f.since, NOW()) AS seconds, c.name AS client, f.agent_id, f.flight_id -- :now
SELECT f.what, a.logical_agent_id AS agent, f.detail, f.since, TIMESTAMPDIFF(SECOND, f.since, CAST(:at AS DATETIME)) AS seconds, c.name AS client, f.agent_id, f.flight_id -- :at
FROM (
	SELECT 'outage' AS what, o.began_at AS since, CONCAT_WS(', ', 'no primary', CONCAT('lost ', o.instance_id), o.cause) AS detail, o.agent_id, o.client_id, o.pool_id, CONCAT('xo', o.agent_id) AS flight_id
	FROM v_outages o WHERE o.ended_at IS NULL -- :now
	FROM v_outages o WHERE o.began_at <= :at AND COALESCE(o.ended_at > :at, TRUE) -- :at
	UNION ALL
	SELECT 'evacuation', p.started_at, CONCAT('out of ', p.scope, COALESCE(CONCAT(', run by ', p.run_by), '')), NULL, NULL, IF(p.scope_type = 'pool', p.scope, NULL), CONCAT('xp', p.id)
	FROM spotop_plans p WHERE p.state IN ('running', 'paused') -- :now
	FROM spotop_plans p WHERE p.started_at <= :at AND COALESCE(p.ended_at > :at, p.state IN ('running', 'paused')) -- :at
	UNION ALL
	SELECT m.command_type, m.created_at, CONCAT_WS(', ', CONCAT('to ', COALESCE(m.target_pool_id, m.target_mode)), m.instance_id, m.stage, CONCAT('by ', m.created_by)), m.agent_id, m.client_id, m.target_pool_id, CONCAT('xc', m.id) -- :now
	SELECT m.command_type, m.created_at, CONCAT_WS(', ', CONCAT('to ', COALESCE(m.target_pool_id, m.target_mode)), m.instance_id, CONCAT('by ', m.created_by)), m.agent_id, m.client_id, m.target_pool_id, CONCAT('xc', m.id) -- :at
	FROM commands m WHERE {{is_under_way(m)}} -- :now
	FROM commands m WHERE m.created_at <= :at AND COALESCE(m.completed_at > :at, m.status IN ('pending', 'executing')) AND (m.executed_at <= :at OR {{command_end(m)}} >= :at) -- :at
	UNION ALL
	SELECT i.instance_status, IF(i.instance_status = 'launching', i.launch_requested_at, i.termination_requested_at), CONCAT_WS(' in ', i.id, COALESCE(i.current_pool_id, i.current_mode)), i.agent_id, i.client_id, i.current_pool_id, CONCAT('xi', i.id) -- :now
	FROM instances i WHERE i.instance_status IN ('launching', 'terminating') AND i.is_active -- :now
	SELECT i.state, IF(i.state = 'launching', i.launch_requested_at, i.leaving_at), CONCAT_WS(' in ', i.id, COALESCE(i.current_pool_id, i.current_mode)), i.agent_id, i.client_id, i.current_pool_id, CONCAT('xi', i.id) -- :at
	FROM ( -- :at
		-- :include asof_instances -- :at
	) i WHERE i.state IN ('launching', 'terminating') -- :at
) f
LEFT JOIN agents a ON a.id = f.agent_id
LEFT JOIN clients c ON c.id = f.client_id
WHERE (:agent IS NULL OR f.agent_id = :agent) AND (:pool IS NULL OR f.pool_id = :pool) AND (:client IS NULL OR c.name = :client OR CAST(c.id AS CHAR) = :client)
ORDER BY f.since
