-- Limits of simulated agents.
-- :param rows json
INSERT INTO agent_configs (agent_id, min_savings_percent, risk_threshold, max_switches_per_week, min_pool_duration_hours, preferred_azs)
SELECT j.agent_id, j.savings, j.risk, j.per_week, j.hours, j.azs
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	agent_id CHAR(36) CHARACTER SET ascii PATH '$[0]',
	savings DECIMAL(12,6) PATH '$[1]',
	risk DECIMAL(12,6) PATH '$[2]',
	per_week INT PATH '$[3]',
	hours INT PATH '$[4]',
	azs TEXT PATH '$[5]')) j
