-- A claimed change of configuration whose agent is dead and whose lease ran out goes back to the queue: applying it twice is applying it once, and a claim raises the fence.
UPDATE commands SET status = 'pending', message = 'returned: the lease ran out and the agent is silent'
WHERE status = 'executing' AND command_type = 'APPLY_CONFIG' AND lease_until < NOW(3) - INTERVAL 60 SECOND AND attempts < 5
  AND agent_id IN (SELECT id FROM agents WHERE enabled AND (status = 'offline' OR last_heartbeat_at < NOW() - INTERVAL {{dead_after(heartbeat_interval_seconds)}} SECOND))
LIMIT 500
