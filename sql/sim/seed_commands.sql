-- Commands of a simulated past.
-- :param rows json
INSERT INTO commands (id, client_id, agent_id, request_id, command_type, target_mode, target_pool_id, instance_id, priority, status, success,
	message, execution_result, user_id, trigger_type, pre_state, created_by, created_at, executed_at, completed_at, stage, stage_at,
	fence, attempts, reason)
SELECT j.id, j.client_id, j.agent_id, j.request_id, j.type, j.mode, j.pool, j.instance_id, j.priority, j.status,
	CASE j.status WHEN 'completed' THEN TRUE WHEN 'failed' THEN FALSE WHEN 'expired' THEN FALSE WHEN 'cancelled' THEN FALSE END,
	j.message, j.result, j.user_id, j.trigger_type, j.pre, IF(j.trigger_type = 'manual', 'operator', j.trigger_type), FROM_UNIXTIME(j.created_at),
	FROM_UNIXTIME(j.executed_at), FROM_UNIXTIME(j.completed_at), j.stage, FROM_UNIXTIME(j.stage_at), j.executed_at IS NOT NULL, j.executed_at IS NOT NULL, j.reason
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	id CHAR(36) CHARACTER SET ascii PATH '$[0]',
	client_id CHAR(36) CHARACTER SET ascii PATH '$[1]',
	agent_id CHAR(36) CHARACTER SET ascii PATH '$[2]',
	request_id CHAR(36) CHARACTER SET ascii PATH '$[3]',
	type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[4]',
	mode VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[5]',
	pool VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[6]',
	instance_id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[7]',
	priority INT PATH '$[8]',
	status VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[9]',
	message TEXT PATH '$[10]',
	result TEXT PATH '$[11]',
	user_id CHAR(36) CHARACTER SET ascii PATH '$[12]',
	trigger_type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[13]',
	pre TEXT PATH '$[14]',
	created_at BIGINT PATH '$[15]',
	executed_at BIGINT PATH '$[16]',
	completed_at BIGINT PATH '$[17]',
	stage VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[18]',
	stage_at BIGINT PATH '$[19]',
	reason VARCHAR(500) PATH '$[20]')) j
