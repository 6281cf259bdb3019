-- A claimed change of configuration whose agent is dead and whose lease ran out goes back to the queue: applying it twice is applying it once, and a claim raises the fence. By key, as commands_expire.
BEGIN NOT ATOMIC
	DECLARE v_n INT DEFAULT 0;
	DECLARE v_agent UUID;
	FOR c IN (SELECT id, agent_id FROM commands
		WHERE {{copy_of}} IS NULL AND status = 'executing' AND command_type = 'APPLY_CONFIG' AND lease_until < NOW(3) - INTERVAL 60 SECOND AND attempts < 5
			AND agent_id IN (SELECT id FROM agents WHERE enabled AND (status = 'offline' OR last_heartbeat_at < NOW() - INTERVAL {{dead_after(heartbeat_interval_seconds)}} SECOND))
		ORDER BY agent_id, id LIMIT 500) DO
		SELECT MAX(id) INTO v_agent FROM agents WHERE id = c.agent_id LOCK IN SHARE MODE; -- the agent first, as everybody
		UPDATE commands FORCE INDEX (PRIMARY) SET status = 'pending', message = 'returned: the lease ran out and the agent is silent'
		WHERE id = c.id AND status = 'executing' AND lease_until < NOW(3) - INTERVAL 60 SECOND;
		SET v_n = v_n + ROW_COUNT();
	END FOR;
	SELECT v_n AS n;
END
