-- How many agents no login owns, so that they obey nobody (agent_bind), and whose they are: the first clients of them.
SELECT COALESCE(SUM(x.n), 0) AS n, COUNT(*) AS n_clients,
	SUBSTRING_INDEX(GROUP_CONCAT(QUOTE(x.name) ORDER BY x.name SEPARATOR ', '), ', ', 5) AS clients
FROM (SELECT c.name, COUNT(*) AS n FROM agents a JOIN clients c ON c.id = a.client_id
	WHERE COALESCE(JSON_VALUE(a.metadata, '$.login'), '') = '' GROUP BY c.id, c.name) x
