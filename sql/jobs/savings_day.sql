-- One day of savings for every client: hours a box ran that day at the hour's pool price (where it is not known, the box's own) against the on-demand price; only primaries save, replicas and zombies cost; boxes without a known price are left out of both sides.
-- :param day str
INSERT INTO client_savings_daily (client_id, date, baseline_cost, actual_cost, savings, savings_percentage, switch_count, instance_count, online_agent_count, computed_at)
SELECT c.id, :day, COALESCE(d.baseline, 0), COALESCE(d.actual, 0), COALESCE(d.saved, 0),
	CASE WHEN d.baseline > 0 THEN LEAST(999.99, GREATEST(-999.99, ROUND(100 * d.saved / d.baseline, 2))) END,
	(SELECT COUNT(*) FROM switches w WHERE w.client_id = c.id AND w.switched_at >= :day AND w.switched_at < :day + INTERVAL 1 DAY AND w.success),
	COALESCE(d.boxes, 0), (SELECT COUNT(*) FROM agents a WHERE a.client_id = c.id AND a.enabled AND a.status = 'online'), NOW()
FROM clients c LEFT JOIN (
	SELECT x.client_id, COUNT(*) AS boxes,
		SUM(IF(x.is_first, x.hours * x.ondemand_price, 0)) AS baseline,
		SUM(x.hours * x.price) AS actual,
		SUM(IF(x.is_first AND x.current_mode = 'spot', x.hours * (x.ondemand_price - x.price), 0)) AS saved
	FROM (
		SELECT i.client_id, i.current_mode, i.ondemand_price, i.launch_role = 'primary' OR i.is_primary AS is_first,
			TIMESTAMPDIFF(SECOND, GREATEST(COALESCE(i.launch_confirmed_at, i.created_at), TIMESTAMP(:day)),
				LEAST(COALESCE(i.terminated_at, NOW()), TIMESTAMP(:day) + INTERVAL 1 DAY, NOW())) / 3600 AS hours,
			CASE i.current_mode WHEN 'ondemand' THEN i.ondemand_price
				ELSE COALESCE((SELECT AVG(h.price_avg) FROM pool_price_hourly h WHERE h.pool_id = i.current_pool_id AND h.hour_at >= :day AND h.hour_at < :day + INTERVAL 1 DAY), i.spot_price) END AS price
		FROM instances i
		WHERE COALESCE(i.launch_confirmed_at, i.created_at) < :day + INTERVAL 1 DAY AND COALESCE(i.terminated_at, NOW()) > :day
			AND i.instance_status <> 'launching' AND NOT (i.instance_status = 'terminated' AND i.terminated_at IS NULL)
	) x
	WHERE x.hours > 0 AND x.price IS NOT NULL AND x.ondemand_price IS NOT NULL
	GROUP BY x.client_id
) d ON d.client_id = c.id
ON DUPLICATE KEY UPDATE baseline_cost = VALUES(baseline_cost), actual_cost = VALUES(actual_cost), savings = VALUES(savings),
	savings_percentage = VALUES(savings_percentage), switch_count = VALUES(switch_count), instance_count = VALUES(instance_count),
	online_agent_count = VALUES(online_agent_count), computed_at = VALUES(computed_at)
