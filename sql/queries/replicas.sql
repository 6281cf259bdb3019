-- Replicas that were launched and what became of them.
-- :param agent str
-- :param client str
SELECT r.id AS replica_id, r.agent_id, a.logical_agent_id AS agent, c.name AS client, r.cloud_instance_id, r.status, COALESCE(r.pool_id, r.mode) AS pool,
       r.launch_requested_at, r.launch_completed_at, TIMESTAMPDIFF(SECOND, r.launch_requested_at, r.launch_completed_at) AS boot_seconds, r.terminated_at, r.command_id
FROM replica_instances r
LEFT JOIN agents a ON a.id = r.agent_id
LEFT JOIN clients c ON c.id = r.client_id
WHERE (:agent IS NULL OR r.agent_id = :agent) AND (:client IS NULL OR c.name = :client)
