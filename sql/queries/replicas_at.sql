-- Replicas that had been requested by :at and what had become of them.
-- :param agent str
-- :param client str
-- :param at str
SELECT r.id AS replica_id, r.agent_id, a.logical_agent_id AS agent, c.name AS client, r.cloud_instance_id,
       CASE WHEN r.terminated_at <= :at THEN 'terminated' WHEN r.launch_completed_at IS NULL OR r.launch_completed_at > :at THEN IF(i.state = 'terminating', 'terminating', 'launching')
            WHEN i.state = 'running_primary' THEN 'promoted' WHEN i.state IN ('promoting', 'zombie', 'terminating', 'terminated') THEN i.state ELSE 'running' END AS status,
       COALESCE(r.pool_id, r.mode) AS pool,
       r.launch_requested_at, IF(r.launch_completed_at <= :at, r.launch_completed_at, NULL) AS launch_completed_at,
       IF(r.launch_completed_at <= :at, TIMESTAMPDIFF(SECOND, r.launch_requested_at, r.launch_completed_at), NULL) AS boot_seconds,
       IF(r.terminated_at <= :at, r.terminated_at, NULL) AS terminated_at, r.command_id, 'past' AS dated
FROM replica_instances r
LEFT JOIN (
	-- :include asof_instances
) i ON i.id = r.cloud_instance_id AND i.lived
LEFT JOIN agents a ON a.id = r.agent_id
LEFT JOIN clients c ON c.id = r.client_id
WHERE r.launch_requested_at <= :at AND (:agent IS NULL OR r.agent_id = :agent) AND (:client IS NULL OR c.name = :client)
