-- Instances of simulated agents, past and present.
-- :param rows json
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, ami_id, current_mode, current_pool_id, spot_price, ondemand_price,
	baseline_ondemand_price, is_active, instance_status, is_primary, installed_at, launch_requested_at, launch_confirmed_at,
	termination_requested_at, termination_confirmed_at, terminated_at, created_at, launch_role, interruption_handled_count)
SELECT j.id, j.client_id, j.agent_id, p.instance_type, p.region, p.az, 'ami-0c2b8ca1dad447f8a', j.mode, IF(j.mode = 'spot', j.pool, NULL), j.price, j.ondemand,
	j.ondemand, j.is_active, j.status, j.is_primary, FROM_UNIXTIME(j.confirmed), FROM_UNIXTIME(j.requested), FROM_UNIXTIME(j.confirmed),
	FROM_UNIXTIME(j.term_requested), FROM_UNIXTIME(j.term_confirmed), FROM_UNIXTIME(j.term_confirmed), FROM_UNIXTIME(j.requested), j.role, j.interruptions
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[0]',
	client_id CHAR(36) CHARACTER SET ascii PATH '$[1]',
	agent_id CHAR(36) CHARACTER SET ascii PATH '$[2]',
	pool VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[3]',
	mode VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[4]',
	price DECIMAL(12,6) PATH '$[5]',
	ondemand DECIMAL(12,6) PATH '$[6]',
	is_active INT PATH '$[7]',
	status VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[8]',
	is_primary INT PATH '$[9]',
	requested BIGINT PATH '$[10]',
	confirmed BIGINT PATH '$[11]',
	term_requested BIGINT PATH '$[12]',
	term_confirmed BIGINT PATH '$[13]',
	role VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[14]',
	interruptions INT PATH '$[15]')) j
JOIN spot_pools p ON p.id = j.pool
