-- The look for alerts that this run has made, beside those of the last hour: when it began, when all was written of it.
UPDATE job_schedules s
SET s.state = JSON_SET(COALESCE(s.state, '{}'), '$.looks', JSON_MERGE_PRESERVE(
	COALESCE((SELECT JSON_ARRAYAGG(JSON_ARRAY(k.began, k.ended) ORDER BY k.ended) FROM JSON_TABLE(COALESCE(JSON_QUERY(s.state, '$.looks'), '[]'), '$[*]'
		COLUMNS (began BIGINT PATH '$[0]', ended BIGINT PATH '$[1]')) k WHERE k.ended BETWEEN UNIX_TIMESTAMP() - 3600 AND UNIX_TIMESTAMP()), '[]'),
	JSON_ARRAY(JSON_ARRAY(CAST(UNIX_TIMESTAMP(LEAST(COALESCE(s.last_run_at, NOW()), NOW())) AS INT), CAST(UNIX_TIMESTAMP() AS INT)))))
WHERE s.name = 'alerts'
