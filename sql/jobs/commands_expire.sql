-- Commands nobody claimed in their time. Each is ended by its key: a search that changes locks the index that whoever ends
-- a command changes, while it holds the command.
BEGIN NOT ATOMIC
	DECLARE v_n INT DEFAULT 0;
	DECLARE v_agent UUID;
	FOR c IN (SELECT id, agent_id FROM commands WHERE {{copy_of}} IS NULL AND status = 'pending' AND {{command_end(commands)}} < NOW() ORDER BY agent_id, id LIMIT 500) DO
		SELECT MAX(id) INTO v_agent FROM agents WHERE id = c.agent_id LOCK IN SHARE MODE; -- the agent first, as everybody
		UPDATE commands FORCE INDEX (PRIMARY) SET status = 'expired', message = 'not claimed in time' WHERE id = c.id AND status = 'pending';
		SET v_n = v_n + ROW_COUNT();
	END FOR;
	SELECT v_n AS n;
END
