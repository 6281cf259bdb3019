-- How many agents were in which health at :at; n/a where only the heartbeats, which are not kept, could tell.
-- :param at str
-- :param agent str
SELECT COALESCE(s.health_then, 'n/a') AS health, COALESCE(NULLIF({{health_rank(s.health_then)}}, -1), 4) AS health_rank, COUNT(*) AS agents
FROM (
	-- :include asof_agents told={{then_judged}} | of=TRUE
) s GROUP BY s.health_then ORDER BY health_rank
