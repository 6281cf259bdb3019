-- Up to which day each table's parts may go: its age, and never before the next tier has taken the rows in.
SELECT LEAST(DATE(NOW() - INTERVAL 24 HOUR), COALESCE((SELECT DATE(MIN(s.observed_at)) FROM spot_price_snapshots s
		WHERE s.created_at >= (SELECT JSON_VALUE(j.state, '$.mark') - INTERVAL 10 MINUTE FROM job_schedules j WHERE j.name = 'consolidate')), DATE(NOW())),
		IF((SELECT JSON_VALUE(j.state, '$.mark') FROM job_schedules j WHERE j.name = 'consolidate') IS NULL, '1970-01-02', DATE(NOW())),
		COALESCE((SELECT DATE(MIN(j.window_start)) FROM consolidation_jobs j WHERE j.job_type = 'consolidate' AND {{is_left_out(j)}}), DATE(NOW()))) AS raw_before,
	LEAST(DATE(NOW() - INTERVAL 7 DAY), COALESCE((SELECT DATE(MIN(window_start)) FROM consolidation_jobs
		WHERE status = 'pending' AND job_type IN ('canonical', 'hourly')), DATE(NOW()))) AS consolidated_before,
	DATE(NOW() - INTERVAL 90 DAY) AS canonical_before,
	DATE_FORMAT(NOW() - INTERVAL 13 MONTH, '%Y-%m-01') AS events_before,
	COALESCE((SELECT JSON_VALUE(j.state, '$.mark') - INTERVAL 10 MINUTE FROM job_schedules j WHERE j.name = 'consolidate'), '1970-01-02 00:00:00') AS taken_in
