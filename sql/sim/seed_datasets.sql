-- Training data sets of a simulated past.
-- :param rows json
INSERT INTO ml_training_datasets (id, dataset_name, dataset_version, data_start_date, data_end_date, record_count, feature_count,
	null_percentage, duplicate_percentage, storage_location, file_size_mb, created_at)
SELECT j.id, 'spot-prices', j.version, DATE(FROM_UNIXTIME(j.from_at)), DATE(FROM_UNIXTIME(j.to_at)), j.n, 14, 0.40, 2.10,
	CONCAT('s3://training/spot-prices-', j.version, '.parquet'), ROUND(j.n * 0.00009, 2), FROM_UNIXTIME(j.to_at)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	id CHAR(36) CHARACTER SET ascii PATH '$[0]',
	version VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[1]',
	from_at BIGINT PATH '$[2]',
	to_at BIGINT PATH '$[3]',
	n BIGINT PATH '$[4]')) j
