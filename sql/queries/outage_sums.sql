-- Outages in figures: how many go on and the longest of them; how many there were in 24 h and how long in all; the same of
-- those that switches planned. -- :now
-- Outages in figures at :at, and of the 24 h before it. -- :at
-- :past
-- :param agent str
-- :param client str
SELECT k.item, k.n AS within, CAST(COALESCE(SUM(CASE k.item WHEN 'going on' THEN o.ended_at IS NULL WHEN 'in 24 h' THEN NOT o.is_planned ELSE o.is_planned END), 0) AS INT) AS outages,
	IF(k.item = 'going on', MAX(IF(o.ended_at IS NULL, o.seconds, NULL)), CAST(COALESCE(SUM(IF(o.is_planned = (k.item = 'planned in 24 h'), o.seconds, 0)), 0) AS INT)) AS seconds
FROM (SELECT 'going on' AS item, 1 AS n UNION ALL SELECT 'in 24 h', 2 UNION ALL SELECT 'planned in 24 h', 3) k
LEFT JOIN (
	-- :include outages -- :now
	-- :include outages_at -- :at
) o ON o.ended_at IS NULL OR o.ended_at > NOW() - INTERVAL 1 DAY -- :now
) o ON o.ended_at IS NULL OR o.ended_at > CAST(:at AS DATETIME) - INTERVAL 1 DAY -- :at
GROUP BY k.item, k.n
