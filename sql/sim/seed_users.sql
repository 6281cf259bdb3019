-- Users of a simulated fleet: one role account for each client.
-- :param rows json
INSERT INTO users (id, client_id, email, display_name, role)
SELECT j.id, j.client_id, j.email, j.display_name, 'operator'
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	id CHAR(36) CHARACTER SET ascii PATH '$[0]',
	client_id CHAR(36) CHARACTER SET ascii PATH '$[1]',
	email VARCHAR(255) PATH '$[2]',
	display_name VARCHAR(255) PATH '$[3]')) j
