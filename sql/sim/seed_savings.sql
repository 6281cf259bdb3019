-- What simulated clients paid and saved by day.
-- :param rows json
INSERT INTO client_savings_daily (client_id, date, baseline_cost, actual_cost, savings, savings_percentage, switch_count, instance_count, online_agent_count, computed_at)
SELECT j.client_id, DATE(FROM_UNIXTIME(j.at)), j.baseline, j.actual, j.baseline - j.actual, 100 * (j.baseline - j.actual) / NULLIF(j.baseline, 0),
	(SELECT COUNT(*) FROM switches s WHERE s.client_id = j.client_id AND s.success AND s.switched_at >= DATE(FROM_UNIXTIME(j.at)) AND s.switched_at < DATE(FROM_UNIXTIME(j.at)) + INTERVAL 1 DAY),
	j.instances, j.agents, FROM_UNIXTIME(j.at) + INTERVAL 1 DAY
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	client_id CHAR(36) CHARACTER SET ascii PATH '$[0]',
	at BIGINT PATH '$[1]',
	baseline DECIMAL(12,6) PATH '$[2]',
	actual DECIMAL(12,6) PATH '$[3]',
	instances INT PATH '$[4]',
	agents INT PATH '$[5]')) j
