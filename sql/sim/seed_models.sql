-- Models of a simulated past.
-- :param rows json
INSERT INTO ml_models (id, model_name, model_version, model_type, model_hash, training_dataset_id, accuracy_score, precision_score,
	recall_score, f1_score, is_active, validation_status, uploaded_at, activated_at)
SELECT j.id, j.name, j.version, j.type, SHA2(CONCAT(j.name, j.version), 256), j.dataset, j.accuracy, j.accuracy - 0.02, j.accuracy - 0.04,
	j.accuracy - 0.03, j.is_active, j.validation, FROM_UNIXTIME(j.uploaded_at), FROM_UNIXTIME(j.activated_at)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	id CHAR(36) CHARACTER SET ascii PATH '$[0]',
	name VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[1]',
	version VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[2]',
	type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[3]',
	dataset CHAR(36) CHARACTER SET ascii PATH '$[4]',
	accuracy DECIMAL(12,6) PATH '$[5]',
	is_active INT PATH '$[6]',
	validation VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[7]',
	uploaded_at BIGINT PATH '$[8]',
	activated_at BIGINT PATH '$[9]')) j
