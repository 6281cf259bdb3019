-- Requests for replicas of a simulated past.
-- :param rows json
INSERT INTO replica_instances (id, client_id, agent_id, request_id, cloud_instance_id, instance_type, region, az, mode, pool_id, status,
	launch_requested_at, launch_completed_at, terminated_at)
SELECT j.id, j.client_id, j.agent_id, j.request_id, j.instance_id, p.instance_type, p.region, p.az, 'spot', j.pool, j.status,
	FROM_UNIXTIME(j.requested), FROM_UNIXTIME(j.completed), FROM_UNIXTIME(j.ended)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	id CHAR(36) CHARACTER SET ascii PATH '$[0]',
	client_id CHAR(36) CHARACTER SET ascii PATH '$[1]',
	agent_id CHAR(36) CHARACTER SET ascii PATH '$[2]',
	request_id CHAR(36) CHARACTER SET ascii PATH '$[3]',
	instance_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[4]',
	pool VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[5]',
	status VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[6]',
	requested BIGINT PATH '$[7]',
	completed BIGINT PATH '$[8]',
	ended BIGINT PATH '$[9]')) j
JOIN spot_pools p ON p.id = j.pool
