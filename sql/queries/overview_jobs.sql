-- The scheduled jobs, their leader and the age of each price tier: what is late, dead or failed first.
SELECT j.name, j.state, j.seconds_since_last, j.last_error
FROM (
	SELECT s.name,
		-- :include job_state
		AS state,
		{{ago_s(IF(s.kind = 'lease', s.updated_at, s.last_ok_at))}} AS seconds_since_last,
		s.last_error
	FROM job_schedules s
	UNION ALL
	SELECT 'worker', 'none', NULL, 'no worker has ever led' FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM job_schedules WHERE name = 'leader')
	UNION ALL
	SELECT 'tier raw', CASE WHEN t.at IS NULL THEN 'none' WHEN t.at < NOW() - INTERVAL 1 HOUR THEN 'late' ELSE 'ok' END, TIMESTAMPDIFF(SECOND, t.at, NOW()), NULL
	FROM (SELECT MAX(last_price_at) AS at FROM spot_pools WHERE last_price_at <= NOW()) t
	UNION ALL
	SELECT t.tier, CASE WHEN t.at IS NULL THEN 'none' WHEN l.name IS NOT NULL THEN 'late' ELSE 'ok' END, TIMESTAMPDIFF(SECOND, t.at, NOW()), NULL
	FROM (
		SELECT 'tier consolidated' AS tier, 'consolidate' AS job, (SELECT MAX((SELECT c.observed_at FROM pricing_consolidated c WHERE c.pool_id = q.id AND c.observed_at BETWEEN NOW() - INTERVAL 14 DAY AND NOW() ORDER BY c.observed_at DESC LIMIT 1)) FROM spot_pools q) AS at
		UNION ALL
		SELECT 'tier canonical', 'canonicalize', (SELECT MAX((SELECT k.observed_at FROM pricing_canonical k WHERE k.pool_id = q.id AND k.observed_at BETWEEN NOW() - INTERVAL 14 DAY AND NOW() ORDER BY k.observed_at DESC LIMIT 1)) FROM spot_pools q)
	) t LEFT JOIN job_schedules l ON l.name = t.job AND {{tier_is_late(l)}}
) j
ORDER BY FIELD(j.state, 'dead', 'failed', 'late', 'none', 'never', 'running', 'ok', 'off'), j.name
LIMIT 30
