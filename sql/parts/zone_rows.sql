-- The zones of the enabled agents {{of}}, and how many are under notice there: the gravest first, by those that missed their
-- deadline or may, then by the notices. A zone is a client's own unless its id is known (limits.sql).
-- A storm: a quarter of a place's agents, and 3 at least, are under notice.
-- :define storm_least 3
-- :define is_storm(z) ({{z}}.noticed >= {{storm_least}} AND 4 * {{z}}.noticed >= {{z}}.agents)
-- :define was_noticed(s) ({{s}}.notice_then = 'termination' AND NOT {{s}}.verdict <=> 'RESCUED')
-- :past
SELECT z.*, z.noticed / z.agents AS share, ROW_NUMBER() OVER (ORDER BY {{is_storm(z)}} DESC, z.missed + COALESCE(z.at_risk, 0) DESC, z.noticed DESC, z.agents DESC, z.az, z.client) AS place
FROM (
	SELECT CONCAT_WS('/', a.az, IF({{is_zone_id(a.az)}}, NULL, c.name)) AS zone, a.az, IF({{is_zone_id(a.az)}}, NULL, c.name) AS client, COUNT(*) AS agents, -- :now
		COUNT(n.agent_id) AS noticed, COUNT(IF(v.notice = 'missed', 1, NULL)) AS missed, COUNT(IF(v.notice = 'at_risk', 1, NULL)) AS at_risk, COUNT(IF(a.notice_status = 'rebalance' AND {{rescuer_of(a)}} IS NULL, 1, NULL)) AS rebalances, -- :now
		MIN(n.since) AS since, MIN(IF(n.seconds_left >= 0, n.seconds_left, NULL)) AS seconds_left, MIN(IF(n.seconds_left >= 0, NOW() + INTERVAL n.seconds_left SECOND, NULL)) AS next_deadline_at -- :now
	FROM agents a JOIN clients c ON c.id = a.client_id -- :now
	LEFT JOIN v_agents_noticed n ON n.agent_id = a.id AND NOT n.is_rescued -- :now
	LEFT JOIN v_agent_notices v ON v.agent_id = n.agent_id -- :now
	WHERE a.enabled AND a.az IS NOT NULL AND {{of}} AND (:client IS NULL OR c.name = :client) -- :now
	SELECT CONCAT_WS('/', s.az, IF({{is_zone_id(s.az)}}, NULL, c.name)) AS zone, s.az, IF({{is_zone_id(s.az)}}, NULL, c.name) AS client, COUNT(*) AS agents, -- :at
		COUNT(IF({{was_noticed(s)}}, 1, NULL)) AS noticed, COUNT(IF({{was_noticed(s)}} AND s.verdict = 'MISSED', 1, NULL)) AS missed, -- :at
		IF(COUNT(IF({{was_noticed(s)}} AND s.verdict IS NULL, 1, NULL)) > 0, NULL, COUNT(IF({{was_noticed(s)}} AND s.verdict NOT IN ('MISSED', 'MAKES IT'), 1, NULL))) AS at_risk, COUNT(IF(s.notice_then = 'rebalance' AND NOT s.verdict <=> 'RESCUED', 1, NULL)) AS rebalances, -- :at
		MIN(IF({{was_noticed(s)}}, s.noticed_at, NULL)) AS since, MIN(IF({{was_noticed(s)}} AND s.left_s >= 0, s.left_s, NULL)) AS seconds_left, MIN(IF({{was_noticed(s)}} AND s.left_s >= 0, CAST(:at AS DATETIME) + INTERVAL s.left_s SECOND, NULL)) AS next_deadline_at -- :at
	FROM ( -- :at
		-- :include asof_agents told={{then_judged}} | of=TRUE -- :at
	) s LEFT JOIN clients c ON c.id = s.client_id -- :at
	WHERE s.enabled_then AND s.az IS NOT NULL AND (:client IS NULL OR c.name = :client) -- :at
	GROUP BY 1, 2, 3
) z
