-- Replicas that were launched and what became of them: promoted ones and those that were left over are told from their instances.
-- :param agent str
-- :param client str
-- :param dated str
SELECT r.id AS replica_id, r.agent_id, a.logical_agent_id AS agent, c.name AS client, r.cloud_instance_id,
       IF(r.status = 'running', CASE i.instance_status WHEN 'running_primary' THEN 'promoted' WHEN 'promoting' THEN 'promoting' WHEN 'zombie' THEN 'zombie'
           WHEN 'terminating' THEN 'terminating' WHEN 'terminated' THEN 'terminated' ELSE 'running' END, CAST(r.status AS CHAR)) AS status, COALESCE(r.pool_id, r.mode) AS pool,
       r.launch_requested_at, r.launch_completed_at, TIMESTAMPDIFF(SECOND, r.launch_requested_at, r.launch_completed_at) AS boot_seconds, r.terminated_at, r.command_id, {{dated(r.launch_requested_at)}} AS dated
FROM replica_instances r
LEFT JOIN instances i ON i.id = r.cloud_instance_id
LEFT JOIN agents a ON a.id = r.agent_id
LEFT JOIN clients c ON c.id = r.client_id
WHERE (:agent IS NULL OR r.agent_id = :agent) AND (:client IS NULL OR c.name = :client) AND {{is_dated(r.launch_requested_at, :dated)}}
