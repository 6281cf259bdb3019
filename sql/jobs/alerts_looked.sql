-- The look for alerts that this run has made, beside those of the last ten minutes: when all was written of it, and how many seconds
-- that took. No longer ones: whoever writes the row, and each copy of the database, carries them along.
UPDATE job_schedules s
SET s.state = JSON_SET(COALESCE(s.state, '{}'), '$.looks', JSON_MERGE_PRESERVE(
	COALESCE((SELECT JSON_ARRAYAGG(JSON_ARRAY(k.ended, k.took) ORDER BY k.ended) FROM JSON_TABLE(COALESCE(JSON_QUERY(s.state, '$.looks'), '[]'), '$[*]'
		COLUMNS (ended BIGINT PATH '$[0]', took BIGINT PATH '$[1]')) k WHERE k.ended BETWEEN UNIX_TIMESTAMP() - 600 AND UNIX_TIMESTAMP()), '[]'),
	JSON_ARRAY(JSON_ARRAY(CAST(UNIX_TIMESTAMP() AS INT), GREATEST(0, TIMESTAMPDIFF(SECOND, COALESCE(s.last_run_at, NOW()), NOW()))))))
WHERE s.name = 'alerts'
