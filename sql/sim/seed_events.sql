-- Events of a simulated past, in the order of time.
-- :param rows json
INSERT INTO system_events (event_type, severity, message, client_id, agent_id, instance_id, metadata, created_at)
SELECT j.type, j.severity, j.message, j.client_id, j.agent_id, j.instance_id, j.metadata, FROM_UNIXTIME(j.at)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[0]',
	severity VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[1]',
	message TEXT PATH '$[2]',
	client_id CHAR(36) CHARACTER SET ascii PATH '$[3]',
	agent_id CHAR(36) CHARACTER SET ascii PATH '$[4]',
	instance_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[5]',
	metadata TEXT PATH '$[6]',
	at BIGINT PATH '$[7]')) j
ORDER BY j.at
