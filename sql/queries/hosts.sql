-- What a server is among others, asked of each that the options name: `spotop hosts` and the console's :hosts.
SELECT @@hostname AS machine, @@server_id AS server_id, VERSION() AS version, @@read_only AS is_read_only,
  CASE WHEN c.status IS NOT NULL THEN 'node'
    WHEN @@read_only AND @@GLOBAL.gtid_slave_pos <> '' THEN 'replica'
    WHEN @@read_only THEN 'read-only'
    WHEN r.running = 'ON' THEN 'replica, takes writes'
    ELSE 'primary' END AS role,
  CASE WHEN c.status = 'Primary' THEN CONCAT('up, one of ', c.size, IF(c.waits = 'true', ', writes wait for a node', ''))
    WHEN c.status IS NOT NULL THEN 'cut off'
    WHEN @@read_only AND @@GLOBAL.gtid_slave_pos <> '' AND r.running <> 'ON' THEN 'replication stopped'
    ELSE 'up' END AS state
FROM (SELECT (SELECT s.VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS AS s WHERE s.VARIABLE_NAME = 'SLAVE_RUNNING') AS running) AS r,
  (SELECT (SELECT s.VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS AS s, information_schema.GLOBAL_VARIABLES AS v
      WHERE s.VARIABLE_NAME = 'WSREP_CLUSTER_STATUS' AND v.VARIABLE_NAME = 'WSREP_PROVIDER' AND v.VARIABLE_VALUE NOT IN ('', 'none')) AS status,
    (SELECT s.VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS AS s WHERE s.VARIABLE_NAME = 'WSREP_CLUSTER_SIZE') AS size,
    (SELECT s.VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS AS s WHERE s.VARIABLE_NAME = 'WSREP_FLOW_CONTROL_ACTIVE') AS waits) AS c
