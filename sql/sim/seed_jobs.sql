-- Runs of the jobs in a simulated past.
-- :param rows json
INSERT INTO consolidation_jobs (id, job_type, status, window_start, window_end, records_processed, errors_encountered, error_message,
	started_at, completed_at, duration_seconds, holder, created_at)
SELECT j.id, j.type, j.status, FROM_UNIXTIME(j.window_from), FROM_UNIXTIME(j.window_to), j.n, j.status = 'failed', j.error,
	FROM_UNIXTIME(j.at), FROM_UNIXTIME(j.at + j.lasted), j.lasted, 'seed', FROM_UNIXTIME(j.at)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	id CHAR(36) CHARACTER SET ascii PATH '$[0]',
	type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[1]',
	status VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[2]',
	window_from BIGINT PATH '$[3]',
	window_to BIGINT PATH '$[4]',
	n BIGINT PATH '$[5]',
	error TEXT PATH '$[6]',
	at BIGINT PATH '$[7]',
	lasted INT PATH '$[8]')) j
