-- Decisions of models in a simulated past, with what came of them.
-- :param rows json
INSERT INTO ml_decisions (id, client_id, agent_id, model_id, current_pool_id, current_price, recommended_action, recommended_pool_id,
	recommended_price, expected_savings, confidence_score, risk_score, input_features, action_taken, command_id, actual_savings, decided_at)
SELECT j.id, j.client_id, j.agent_id, j.model_id, j.pool, j.price, j.action, j.to_pool, j.to_price, j.expected, j.confidence, j.risk, j.features,
	j.taken, j.command_id, j.actual, FROM_UNIXTIME(j.at)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	id CHAR(36) CHARACTER SET ascii PATH '$[0]',
	client_id CHAR(36) CHARACTER SET ascii PATH '$[1]',
	agent_id CHAR(36) CHARACTER SET ascii PATH '$[2]',
	model_id CHAR(36) CHARACTER SET ascii PATH '$[3]',
	pool VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[4]',
	price DECIMAL(12,6) PATH '$[5]',
	action VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[6]',
	to_pool VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[7]',
	to_price DECIMAL(12,6) PATH '$[8]',
	expected DECIMAL(12,6) PATH '$[9]',
	confidence DECIMAL(12,6) PATH '$[10]',
	risk DECIMAL(12,6) PATH '$[11]',
	features TEXT PATH '$[12]',
	taken INT PATH '$[13]',
	command_id CHAR(36) CHARACTER SET ascii PATH '$[14]',
	actual DECIMAL(12,6) PATH '$[15]',
	at BIGINT PATH '$[16]')) j
