-- A switch of the day before Central Europe put its clocks back.
INSERT INTO switches (client_id, agent_id, success, switched_at) SELECT client_id, id, TRUE, FROM_UNIXTIME(1792843200) FROM agents WHERE logical_agent_id = 'db-1';
