-- What a word means: an agent, a pool, a client, by id or by name; one row each, so that two say that it is not one.
-- :param of str
SELECT 'agent' AS kind, CAST(a.id AS CHAR) AS id, a.logical_agent_id AS name FROM agents a WHERE a.id = IF(:of RLIKE '^[0-9a-fA-F-]{36}$', :of, NULL) OR a.logical_agent_id = :of
UNION ALL
SELECT 'agent', CAST(a.id AS CHAR), CONCAT(c.name, '/', a.logical_agent_id) FROM clients c JOIN agents a ON a.client_id = c.id
WHERE c.name = SUBSTRING_INDEX(:of, '/', 1) AND :of LIKE '%/%' AND a.logical_agent_id = SUBSTRING(:of, LENGTH(SUBSTRING_INDEX(:of, '/', 1)) + 2)
UNION ALL
SELECT 'pool', p.id, p.id FROM spot_pools p WHERE p.id = CONVERT(:of USING ascii) COLLATE ascii_bin
UNION ALL
SELECT 'client', CAST(c.id AS CHAR), c.name FROM clients c WHERE c.id = IF(:of RLIKE '^[0-9a-fA-F-]{36}$', :of, NULL) OR c.name = :of
