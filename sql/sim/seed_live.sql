-- Stream events of the last hour of a simulated past.
-- :param rows json
INSERT INTO sse_events (client_id, event_type, event_data, created_at, expires_at)
SELECT j.client_id, j.type, j.data, FROM_UNIXTIME(j.at), FROM_UNIXTIME(j.at + 3600)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	client_id CHAR(36) CHARACTER SET ascii PATH '$[0]',
	type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[1]',
	data TEXT PATH '$[2]',
	at BIGINT PATH '$[3]')) j
ORDER BY j.at
