-- Plans of evacuation, those that go on first, then those that may be run, then what is over; the newest first.
SELECT p.id AS plan_id, p.scope, IF(s.clients = 1, s.client, CONCAT(s.clients, ' clients')) AS client, p.scope_type, p.state, COALESCE(s.agents, 0) AS agents, COALESCE(s.done, 0) AS done, COALESCE(s.moving, 0) AS moving, COALESCE(s.held, 0) AS held,
	COALESCE(s.failed, 0) AS failed, COALESCE(s.skipped, 0) AS skipped, COALESCE(s.misses, 0) AS misses, s.usd_per_hour_before, s.usd_per_hour_after, COALESCE(s.unpriced, 0) AS unpriced,
	p.in_flight, JSON_CONTAINS(COALESCE(p.override, '[]'), '"share"') AS is_over_share,
	COALESCE(p.run_by, p.created_by) AS who, p.created_by, p.run_by, p.created_at, p.started_at, p.state_by, p.state_at, p.ended_at, p.reason,
	COALESCE(s.said, IF(p.state IN ('paused', 'cancelled'), CONCAT(p.state, ' by ', p.state_by), NULL)) AS message,
	FIELD(p.state, 'running', 'paused', 'planned', 'done', 'cancelled') * 10000000000 - UNIX_TIMESTAMP(p.created_at) AS rank, p.version
FROM spotop_plans p
LEFT JOIN (SELECT r.plan_id, COUNT(*) AS agents, SUM(r.state = 'done') AS done, SUM(r.state = 'released') AS moving, SUM(r.state = 'held') AS held, SUM(r.state = 'failed') AS failed,
		SUM(r.state = 'skipped') AS skipped, SUM(r.verdict IN ('MISSES BY', 'MISSED') OR (r.what = 'none' AND r.deadline IS NOT NULL)) AS misses, SUM(r.usd_before) AS usd_per_hour_before,
		SUM(IF(r.what = 'none', r.usd_before, r.usd_after)) AS usd_per_hour_after, SUM(r.usd_before IS NULL OR (r.what <> 'none' AND r.usd_after IS NULL)) AS unpriced,
		SUBSTRING_INDEX(GROUP_CONCAT(IF(r.state = 'failed', CONCAT(a.logical_agent_id, ': ', r.message), NULL) ORDER BY r.place SEPARATOR '\n'), '\n', 1) AS said,
		COUNT(DISTINCT a.client_id) AS clients, MAX(c.name) AS client
	FROM spotop_plan_rows r JOIN agents a ON a.id = r.agent_id JOIN clients c ON c.id = a.client_id GROUP BY r.plan_id) s ON s.plan_id = p.id
