-- Clients of a simulated fleet. Each token is the SHA-256 of 'demo-token-' and the client's name.
-- :param rows json
INSERT INTO clients (id, name, email, client_token, plan, max_agents, max_instances, created_at, last_sync_at)
SELECT j.id, j.name, CONCAT('ops@', j.name, '.example'), SHA2(CONCAT('demo-token-', j.name), 256), j.plan, 65000, 65000,
	FROM_UNIXTIME(j.created_at), FROM_UNIXTIME(j.now)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	id CHAR(36) CHARACTER SET ascii PATH '$[0]',
	name VARCHAR(255) PATH '$[1]',
	plan VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[2]',
	created_at BIGINT PATH '$[3]',
	now BIGINT PATH '$[4]')) j
