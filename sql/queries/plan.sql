-- A plan of evacuation, agent by agent, in the order in which it releases them: where to, by when, and what came of it. Of a plan that is not
-- run yet the margin is as if it were run now; once its agent has the command, nobody waits for a heartbeat any more.
-- :param plan str
SELECT w.*, CASE WHEN w.planned_verdict IS NULL OR w.state = 'skipped' OR (w.state = 'done' AND w.margin_s IS NULL) THEN NULL
		WHEN w.state = 'done' THEN IF(w.margin_s >= 0, CONCAT('MADE IT +', w.margin_s, ' s'), CONCAT('MISSED BY ', -w.margin_s, ' s')) WHEN w.margin_s IS NULL OR w.planned_verdict = 'MISSED' THEN w.planned_verdict WHEN w.is_slowest AND w.margin_s >= 0 THEN 'NOT KNOWN'
		WHEN w.margin_s >= 0 THEN CONCAT('MAKES IT +', w.margin_s, ' s') ELSE CONCAT('MISSES BY ', -w.margin_s, ' s') END AS verdict
FROM (SELECT r.place, a.logical_agent_id AS agent, c.name AS client, r.what, COALESCE(IF(r.what = 'promote', r.instance_id, r.target_pool_id), IF(r.what = 'ondemand', 'on-demand', NULL)) AS target,
		r.deadline, r.verdict AS planned_verdict, r.is_slowest, CAST(CASE WHEN r.deadline IS NULL OR (r.expected_s IS NULL AND r.state <> 'done') THEN NULL
			WHEN r.state = 'done' THEN UNIX_TIMESTAMP(r.deadline) - UNIX_TIMESTAMP(COALESCE(m.completed_at, r.ended_at))
			WHEN r.state = 'released' AND m.executed_at IS NOT NULL THEN UNIX_TIMESTAMP(r.deadline) - UNIX_TIMESTAMP(m.executed_at) - r.takes_s
			ELSE UNIX_TIMESTAMP(r.deadline) - UNIX_TIMESTAMP(COALESCE(r.released_at, p.started_at, NOW())) - IF(r.released_at IS NULL, r.expected_s, r.hears_s + r.takes_s) END AS SIGNED) AS margin_s,
		r.expected_s, CONCAT('p95 ', COALESCE(CONCAT(r.takes_s, ' s'), 'not known'), ', n=', r.evidence_n, ELT(r.evidence_of, '', ' of its region and type', ' of its region', ' of the fleet')) AS evidence,
		r.usd_before AS usd_per_hour_before, r.usd_after AS usd_per_hour_after, IF(r.state = 'released', COALESCE(m.stage, 'released'), r.state) AS stage, r.state,
		TIMESTAMPDIFF(SECOND, r.released_at, COALESCE(m.completed_at, NOW())) AS seconds, r.attempts, COALESCE(r.message, IF(r.state = 'released', m.message, NULL)) AS message,
		r.command_id, r.agent_id, r.plan_id, CONCAT(r.plan_id, ':', r.agent_id) AS row_id
	FROM spotop_plan_rows r JOIN spotop_plans p ON p.id = r.plan_id JOIN agents a ON a.id = r.agent_id JOIN clients c ON c.id = a.client_id
	LEFT JOIN commands m ON m.id = r.command_id
	WHERE r.plan_id = (SELECT q.id FROM spotop_plans q WHERE :plan IS NULL OR CAST(q.id AS CHAR) LIKE CONCAT(LOWER(:plan), '%') ORDER BY FIELD(q.state, 'running', 'paused', 'planned', 'done', 'cancelled'), q.created_at DESC LIMIT 1)) w
ORDER BY w.place
