-- Alerts of a simulated past that are over.
-- :param rows json
INSERT INTO alerts (alert_key, kind, severity, client_id, message, opened_at, last_seen_at, seen_count, resolved_at)
SELECT j.alert_key, j.kind, j.severity, j.client_id, j.message, FROM_UNIXTIME(j.at), FROM_UNIXTIME(j.at + j.lasted), GREATEST(1, j.lasted DIV 60), FROM_UNIXTIME(j.at + j.lasted)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	alert_key VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[0]',
	kind VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[1]',
	severity VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[2]',
	client_id CHAR(36) CHARACTER SET ascii PATH '$[3]',
	message VARCHAR(500) PATH '$[4]',
	at BIGINT PATH '$[5]',
	lasted INT PATH '$[6]')) j
