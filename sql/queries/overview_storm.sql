-- The zones in which a quarter of the agents, and 3 at least, are under notice; the gravest first.
-- :param client str
-- :param agent str
-- :past
SELECT w.* FROM (
	-- :include zone_rows of=a.az IN (SELECT n.az FROM v_agents_noticed n WHERE NOT n.is_rescued GROUP BY n.az HAVING COUNT(*) >= {{storm_least}}) -- :now
	-- :include zone_rows_at -- :at
) w WHERE {{is_storm(w)}}
ORDER BY w.place LIMIT 20
