-- Any other claimed command of a dead agent is parked as failed for a person to look at: instances may have been launched, and running it again could do so twice. By key, as commands_expire.
BEGIN NOT ATOMIC
	DECLARE v_n INT DEFAULT 0;
	DECLARE v_agent UUID;
	FOR c IN (SELECT id, agent_id FROM commands
		WHERE {{copy_of}} IS NULL AND status = 'executing' AND (command_type <> 'APPLY_CONFIG' OR attempts >= 5) AND lease_until < NOW(3) - INTERVAL 300 SECOND
			AND agent_id IN (SELECT id FROM agents WHERE status = 'offline' OR NOT enabled OR last_heartbeat_at IS NULL OR last_heartbeat_at < NOW() - INTERVAL {{dead_after(heartbeat_interval_seconds)}} SECOND)
		ORDER BY agent_id, id LIMIT 500) DO
		SELECT MAX(id) INTO v_agent FROM agents WHERE id = c.agent_id LOCK IN SHARE MODE; -- the agent first, as everybody
		UPDATE commands FORCE INDEX (PRIMARY) SET status = 'failed', message = CONCAT('parked: the lease ran out at ', {{utc(lease_until)}}, ' in stage ', stage, ' and the agent is silent; look what was launched before trying again')
		WHERE id = c.id AND status = 'executing' AND lease_until < NOW(3) - INTERVAL 300 SECOND;
		SET v_n = v_n + ROW_COUNT();
	END FOR;
	SELECT v_n AS n;
END
