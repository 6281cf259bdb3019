-- Any other claimed command of a dead agent is parked as failed for a person to look at: boxes may have been launched, and running it again could do so twice.
UPDATE commands SET status = 'failed', message = CONCAT('parked: the lease ran out at ', {{utc(lease_until)}}, ' in stage ', stage, ' and the agent is silent; look what was launched before trying again')
WHERE status = 'executing' AND (command_type <> 'APPLY_CONFIG' OR attempts >= 5) AND lease_until < NOW(3) - INTERVAL 300 SECOND
  AND agent_id IN (SELECT id FROM agents WHERE status = 'offline' OR NOT enabled OR last_heartbeat_at IS NULL OR last_heartbeat_at < NOW() - INTERVAL {{dead_after(heartbeat_interval_seconds)}} SECOND)
LIMIT 500
