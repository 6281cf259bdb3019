-- Days of savings of every client, from :day on for :days. An instance costs from when it came up until it ended, at its pool's average price of the day (not known: the instance's own).
-- It saves against on-demand only in the hours in which it was the primary, told from its events and switches as asof_instances.sql tells them: replicas and zombies
-- cost and do not save. Instances without a known price are left out of both sides. Unless :again, what was reckoned after the day's end stays.
-- Sums stay within their columns: one client's bad price must not keep the day from the others.
-- :param day str
-- :param days int
-- :param again bool
INSERT INTO client_savings_daily (client_id, date, baseline_cost, actual_cost, savings, savings_percentage, switch_count, instance_count, online_agent_count, computed_at)
SELECT c.id, DATE(:day) + INTERVAL q.seq DAY, LEAST({{most_usd}}, COALESCE(d.baseline, 0)), LEAST({{most_usd}}, COALESCE(d.actual, 0)), LEAST({{most_usd}}, GREATEST(-{{most_usd}}, COALESCE(d.saved, 0))),
	CASE WHEN d.baseline > 0 THEN LEAST(999.99, GREATEST(-999.99, ROUND(100 * d.saved / d.baseline, 2))) END,
	(SELECT COUNT(*) FROM switches w WHERE w.client_id = c.id AND w.switched_at >= DATE(:day) + INTERVAL q.seq DAY AND w.switched_at < DATE(:day) + INTERVAL q.seq + 1 DAY AND w.success),
	COALESCE(d.n_instances, 0), COALESCE(d.agents, 0), NOW()
FROM clients c JOIN seq_0_to_400 q ON q.seq < :days LEFT JOIN (
	SELECT x.client_id, x.nth_day, COUNT(*) AS n_instances, COUNT(DISTINCT IF(x.primary_seconds > 0, x.agent_id, NULL)) AS agents,
		SUM(x.primary_seconds * x.ondemand_price) / 3600 AS baseline, SUM(x.seconds * x.price) / 3600 AS actual,
		SUM(IF(x.current_mode = 'spot', x.primary_seconds * (x.ondemand_price - x.price), 0)) / 3600 AS saved
	FROM (
		SELECT b.client_id, b.agent_id, b.current_mode, b.ondemand_price, t.nth_day, IF(b.current_mode = 'ondemand', b.ondemand_price, COALESCE(h.price, b.spot_price)) AS price,
			TIMESTAMPDIFF(SECOND, GREATEST(b.up_at, t.from_at), LEAST(COALESCE(b.ended_at, t.to_at), t.to_at)) AS seconds,
			GREATEST(0, COALESCE(TIMESTAMPDIFF(SECOND, GREATEST(b.primary_from, b.up_at, t.from_at), LEAST(b.primary_until, COALESCE(b.ended_at, t.to_at), t.to_at)), 0)) AS primary_seconds
		FROM (
			SELECT z.*, LEAST(IF(z.lost_it_at > z.primary_from, z.lost_it_at, '9999-12-31'),
					COALESCE(LEAD(z.primary_from) OVER (PARTITION BY z.whose, z.primary_from IS NULL ORDER BY z.primary_from, z.id), '9999-12-31')) AS primary_until
			FROM (
				SELECT y.*, CASE WHEN y.promoted_at IS NOT NULL THEN y.promoted_at
						WHEN y.came_as_primary AND NOT COALESCE(MAX(IF(y.may_be_from IS NULL, NULL, y.lost_it_at))
							OVER (PARTITION BY y.whose ORDER BY y.may_be_from, y.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > y.up_at, 0) THEN y.up_at
						WHEN y.came_as_primary OR y.is_primary THEN COALESCE(y.switched_to_at, IF(y.is_primary, y.up_at, NULL)) END AS primary_from
				FROM (
					SELECT w.*, w.launch_role = 'primary' AND w.promoted_at IS NULL AND w.instance_status NOT IN ('running_replica', 'promoting') AS came_as_primary,
						COALESCE(w.promoted_at, IF(w.launch_role = 'primary', w.up_at, NULL)) AS may_be_from,
						LEAST(COALESCE(w.first_zombie_at, '9999-12-31'), COALESCE(w.termination_requested_at, '9999-12-31'), COALESCE(w.ended_at, '9999-12-31'),
							COALESCE(w.switched_from_at, '9999-12-31')) AS lost_it_at
					FROM (
						SELECT i.id, i.client_id, i.agent_id, COALESCE(CAST(i.agent_id AS CHAR), i.id) AS whose, i.current_mode, i.current_pool_id, i.spot_price, i.ondemand_price,
							i.instance_status, i.is_primary, i.launch_role, i.termination_requested_at,
							COALESCE(i.terminated_at, i.termination_confirmed_at, IF(i.instance_status = 'terminated', i.updated_at, NULL)) AS ended_at,
							COALESCE(i.launch_confirmed_at, i.installed_at, i.created_at) AS up_at, e.promoted_at, e.first_zombie_at, n.switched_to_at, o.switched_from_at
						FROM instances i
						LEFT JOIN (SELECT v.instance_id, MIN(IF(v.event_type = 'instance_promoted', v.created_at, NULL)) AS promoted_at,
								MIN(IF(v.event_type = 'instance_zombie', v.created_at, NULL)) AS first_zombie_at
							FROM system_events v WHERE v.event_type IN ('instance_promoted', 'instance_zombie') AND v.instance_id IS NOT NULL GROUP BY v.instance_id) e ON e.instance_id = i.id
						LEFT JOIN (SELECT s.new_instance_id, MIN(s.switched_at) AS switched_to_at FROM switches s
							WHERE s.success AND s.new_instance_id IS NOT NULL GROUP BY s.new_instance_id) n ON n.new_instance_id = i.id
						LEFT JOIN (SELECT s.old_instance_id, MIN(s.switched_at) AS switched_from_at FROM switches s
							WHERE s.success AND s.old_instance_id IS NOT NULL GROUP BY s.old_instance_id) o ON o.old_instance_id = i.id
						WHERE (i.terminated_at IS NULL OR i.terminated_at > DATE(:day)) AND i.instance_status <> 'launching'
							AND COALESCE(i.launch_confirmed_at, i.installed_at, i.created_at) < DATE(:day) + INTERVAL :days DAY
					) w
				) y
			) z
		) b
		JOIN (SELECT s.seq AS nth_day, DATE(:day) + INTERVAL s.seq DAY AS from_at, LEAST(DATE(:day) + INTERVAL s.seq + 1 DAY, NOW()) AS to_at FROM seq_0_to_400 s WHERE s.seq < :days) t
			ON b.up_at < t.to_at AND (b.ended_at IS NULL OR b.ended_at > t.from_at)
		LEFT JOIN (SELECT p.pool_id, DATEDIFF(p.hour_at, :day) AS nth_day, AVG(p.price_avg) AS price FROM pool_price_hourly p
			WHERE p.hour_at >= DATE(:day) AND p.hour_at < DATE(:day) + INTERVAL :days DAY GROUP BY p.pool_id, nth_day) h ON h.pool_id = b.current_pool_id AND h.nth_day = t.nth_day
	) x
	WHERE x.seconds > 0 AND x.price IS NOT NULL AND x.ondemand_price IS NOT NULL
	GROUP BY x.client_id, x.nth_day
) d ON d.client_id = c.id AND d.nth_day = q.seq
WHERE :again OR NOT EXISTS (SELECT 1 FROM client_savings_daily k WHERE k.client_id = c.id AND k.date = DATE(:day) + INTERVAL q.seq DAY
	AND k.computed_at >= DATE(:day) + INTERVAL q.seq + 1 DAY)
ON DUPLICATE KEY UPDATE baseline_cost = VALUES(baseline_cost), actual_cost = VALUES(actual_cost), savings = VALUES(savings),
	savings_percentage = VALUES(savings_percentage), switch_count = VALUES(switch_count), instance_count = VALUES(instance_count),
	online_agent_count = VALUES(online_agent_count), computed_at = VALUES(computed_at)
