-- Messages to the people of simulated clients.
-- :param rows json
INSERT INTO notifications (id, client_id, message, notification_type, is_read, created_at, read_at)
SELECT j.id, j.client_id, j.message, j.type, j.is_read, FROM_UNIXTIME(j.at), IF(j.is_read, FROM_UNIXTIME(j.at + 1200), NULL)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	id CHAR(36) CHARACTER SET ascii PATH '$[0]',
	client_id CHAR(36) CHARACTER SET ascii PATH '$[1]',
	message TEXT PATH '$[2]',
	type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[3]',
	is_read INT PATH '$[4]',
	at BIGINT PATH '$[5]')) j
