-- Switches of a simulated past, failed ones too.
-- :param rows json
INSERT INTO switches (id, client_id, agent_id, command_id, request_id, old_instance_id, old_instance_type, old_region, old_az, old_mode, old_pool_id,
	new_instance_id, new_instance_type, new_region, new_az, new_mode, new_pool_id, on_demand_price, old_spot_price, new_spot_price,
	savings_impact, event_trigger, trigger_type, user_id, downtime_seconds, switched_at, success, error_message, initiated_at, boot_seconds)
SELECT j.id, j.client_id, j.agent_id, j.command_id, j.request_id, j.old_id, o.instance_type, o.region, o.az, j.old_mode, IF(j.old_mode = 'spot', j.old_pool, NULL),
	j.new_id, n.instance_type, n.region, n.az, j.new_mode, IF(j.new_mode = 'spot', j.new_pool, NULL), j.ondemand, j.old_price, j.new_price,
	IF(j.success, j.impact, NULL), j.event_trigger, j.trigger_type, j.user_id, j.downtime, FROM_UNIXTIME(j.at), j.success, j.error, FROM_UNIXTIME(j.initiated_at), j.boot
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	id CHAR(36) CHARACTER SET ascii PATH '$[0]',
	client_id CHAR(36) CHARACTER SET ascii PATH '$[1]',
	agent_id CHAR(36) CHARACTER SET ascii PATH '$[2]',
	command_id CHAR(36) CHARACTER SET ascii PATH '$[3]',
	request_id CHAR(36) CHARACTER SET ascii PATH '$[4]',
	old_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[5]',
	old_pool VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[6]',
	old_mode VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[7]',
	new_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[8]',
	new_pool VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[9]',
	new_mode VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[10]',
	ondemand DECIMAL(12,6) PATH '$[11]',
	old_price DECIMAL(12,6) PATH '$[12]',
	new_price DECIMAL(12,6) PATH '$[13]',
	impact DECIMAL(12,6) PATH '$[14]',
	event_trigger VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[15]',
	trigger_type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[16]',
	user_id CHAR(36) CHARACTER SET ascii PATH '$[17]',
	downtime INT PATH '$[18]',
	at BIGINT PATH '$[19]',
	success INT PATH '$[20]',
	error TEXT PATH '$[21]',
	initiated_at BIGINT PATH '$[22]',
	boot INT PATH '$[23]')) j
JOIN spot_pools o ON o.id = j.old_pool
JOIN spot_pools n ON n.id = j.new_pool
