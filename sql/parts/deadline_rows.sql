-- The agents under notice with what each counts on and whether it makes it (rescue_of.sql), in the order of impact: who missed
-- the deadline, who may, who makes it, who is rescued (of a rebalance recommendation too), then the recommendations of those
-- that nothing replaced, which are a risk and no countdown.
-- Within, who has least time.
-- :define deadline_rank(verdict) CASE {{verdict}} WHEN 'MISSED' THEN 1 WHEN 'MAKES IT' THEN 3 WHEN 'RESCUED' THEN 4 WHEN 'RISK' THEN 5 ELSE 2 END
-- :define risk_words(r) CONCAT('a risk, not a countdown', IF({{r}}.rebalances_30d = 0, '', CONCAT('; ', {{r}}.became_terminations_30d, ' of ', {{r}}.rebalances_30d, ' of the fleet''s became terminations')))
-- :past
SELECT d.*, ROW_NUMBER() OVER (ORDER BY {{deadline_rank(d.verdict)}}, d.seconds_left, d.agent, d.agent_id) AS place
FROM (
	SELECT a.id AS agent_id, a.logical_agent_id AS agent, c.name AS client, a.az, a.current_pool_id AS pool, a.instance_id, a.notice_status, a.notice_deadline, -- :now
		IF(a.notice_status = 'termination', COALESCE(a.notice_deadline, a.notice_received_at + INTERVAL 120 SECOND), NULL) AS deadline_at, a.notice_received_at AS received_at, -- :now
		IF(a.notice_status = 'termination', {{notice_left_s(a)}}, NULL) AS seconds_left, {{ago_s(a.notice_received_at)}} AS received_seconds_ago, -- :now
		CASE WHEN COALESCE(p.rescuer_id, {{rescuer_of(a)}}) IS NOT NULL THEN 'RESCUED' WHEN a.notice_status = 'rebalance' THEN 'RISK' WHEN {{notice_left_s(a)}} < 0 THEN 'MISSED' ELSE p.verdict END AS verdict, IF(a.notice_status = 'rebalance', NULL, p.margin_s) AS margin_seconds, p.basis, -- :now
		IF(a.notice_status = 'rebalance' AND p.rescuer_id IS NULL, CONCAT_WS('; ', {{risk_words(r)}}, IF(p.left_s < 0, NULL, p.basis)), p.basis) AS counts_on, p.boot_s AS boot_seconds, p.boot_n AS boot_samples, -- :now
		p.launching_id, p.launching_s AS launching_seconds, p.replica_id, p.boot_pool, r.rebalances_30d, r.became_terminations_30d, p.in_words -- :now
	FROM agents a JOIN clients c ON c.id = a.client_id -- :now
	LEFT JOIN ( -- :now
		-- :include rescue_of of=(:agent IS NULL OR a.id = :agent OR a.logical_agent_id = :agent) -- :now
	) p ON p.agent_id = a.id -- :now
	CROSS JOIN ( -- :now
		-- :include rebalance_rate -- :now
	) r -- :now
	WHERE a.notice_status IN ('rebalance', 'termination') AND a.enabled AND (:agent IS NULL OR a.id = :agent OR a.logical_agent_id = :agent) AND (:client IS NULL OR c.name = :client) -- :now
	SELECT s.id AS agent_id, s.logical_agent_id AS agent, c.name AS client, s.az, s.current_pool_id AS pool, s.instance_id, s.notice_then AS notice_status, s.notice_deadline_then AS notice_deadline, -- :at
		IF(s.notice_then = 'termination', COALESCE(s.notice_deadline_then, s.noticed_at + INTERVAL 120 SECOND), NULL) AS deadline_at, s.noticed_at AS received_at, -- :at
		IF(s.notice_then = 'termination', s.left_s, NULL) AS seconds_left, TIMESTAMPDIFF(SECOND, s.noticed_at, CAST(:at AS DATETIME)) AS received_seconds_ago, -- :at
		IF(s.notice_then = 'rebalance' AND NOT s.verdict <=> 'RESCUED', 'RISK', s.verdict) AS verdict, IF(s.notice_then = 'rebalance', NULL, s.margin_s) AS margin_seconds, s.basis, -- :at
		IF(s.notice_then = 'rebalance' AND NOT s.verdict <=> 'RESCUED', CONCAT_WS('; ', 'a risk, not a countdown', IF(s.left_s < 0, NULL, s.basis)), s.basis) AS counts_on, s.boot_s AS boot_seconds, s.boot_n AS boot_samples, -- :at
		s.launching_id, s.launching_s AS launching_seconds, s.replica_id, s.boot_pool, CAST(NULL AS INT) AS rebalances_30d, CAST(NULL AS INT) AS became_terminations_30d, s.replica_count, s.in_words -- :at
	FROM ( -- :at
		-- :include asof_agents told=y.* | of=y.notice_then IN ('rebalance', 'termination') AND y.enabled_then -- :at
	) s LEFT JOIN clients c ON c.id = s.client_id -- :at
	WHERE s.notice_then IN ('rebalance', 'termination') AND s.enabled_then AND (:client IS NULL OR c.name = :client) -- :at
) d
