-- Switches of the days before and after Central Europe put its clocks forward, and of the day before it put them back.
INSERT INTO switches (client_id, agent_id, success, switched_at) SELECT a.client_id, a.id, TRUE, FROM_UNIXTIME(t.at) FROM agents a
JOIN (SELECT 1774699200 AS at UNION ALL SELECT 1774785600 UNION ALL SELECT 1792843200) t WHERE a.logical_agent_id = 'db-1';
