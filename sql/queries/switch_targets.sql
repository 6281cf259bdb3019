-- Where an agent could be switched to, the cheapest first and on-demand last, each with what is known
-- of it; NULL is unknown. Pools of the agent's type and region. Downtime and boot times: the last 500
-- switches into each pool, failed ones included; so the cost does not grow with the fleet. band: 24 h;
-- guardrails_failing: the names of those that a switch to it would meet, save the shares touched at once.
-- points: the mean price of each 3 h, oldest first; volatility: their standard deviation over their mean.
-- :param agent str
WITH me AS (
	SELECT a.id, a.client_id, a.instance_type, a.region, a.az, a.current_pool_id, NOT a.enabled AS is_disabled, a.status = 'offline' AS is_offline,
		COALESCE({{is_silent(a)}}, TRUE) AS is_silent, COALESCE(i.current_mode, a.current_mode) AS mode,
		IF(a.auto_terminate_enabled, a.terminate_wait_seconds, 0) AS old_instance_wait_s, a.terminate_wait_seconds AS agent_wait_s, i.id AS instance_id,
		COALESCE(i.current_pool_id, a.current_pool_id) AS pool_id, {{spot_of(i, ip)}} AS spot_price, COALESCE(i.last_switch_at, i.launch_confirmed_at, i.created_at) AS since,
		{{ondemand_of(a)}} AS ondemand_price,
		COALESCE(g.max_switches_per_week, 10) AS max_week, COALESCE(g.min_pool_duration_hours, 2) AS min_hours, g.blacklist_pools
	FROM agents a
	LEFT JOIN instances i ON i.primary_of = a.id
	LEFT JOIN spot_pools ip ON ip.id = i.current_pool_id
	LEFT JOIN agent_configs g ON g.agent_id = a.id
	WHERE a.id = :agent
), pool AS (
	SELECT p.id, p.az, p.is_active, {{is_cordoned(p)}} AS is_cordoned,
		p.last_price, p.last_price_at, p.avg_boot_time_seconds, p.boot_sample_count, p.boot_p50_seconds, p.boot_p95_seconds, p.boot_n_30d,
		p.notice_count_30d, p.instance_days_30d, p.stats_at,
		COALESCE((SELECT n.noticed FROM v_pools_noticed n WHERE n.pool_id = p.id AND COALESCE(n.client_id = me.client_id, TRUE)), 0) AS under_notice
	FROM me JOIN spot_pools p ON p.instance_type = me.instance_type AND p.region = me.region
), points AS (
	SELECT s.pool_id, MIN(s.low) AS band_low, MAX(s.high) AS band_high, SUM(s.n) AS band_n,
		STDDEV_SAMP(s.price) / NULLIF(AVG(s.price), 0) AS spread,
		JSON_ARRAYAGG(s.price ORDER BY s.bucket) AS points
	FROM (SELECT q.id AS pool_id, FLOOR((UNIX_TIMESTAMP() - UNIX_TIMESTAMP(r.observed_at)) / -10800) AS bucket, ROUND(AVG(r.price), 6) AS price,
			MIN(r.price) AS low, MAX(r.price) AS high, COUNT(*) AS n
		FROM pool q JOIN (
			SELECT h.pool_id, h.hour_at AS observed_at, h.price_avg AS price FROM pool JOIN pool_price_hourly h ON h.pool_id = pool.id
				AND h.hour_at >= NOW() - INTERVAL 24 HOUR
			UNION ALL
			SELECT h.pool_id, h.hour_at, h.price_min FROM pool JOIN pool_price_hourly h ON h.pool_id = pool.id
				AND h.hour_at >= NOW() - INTERVAL 24 HOUR
			UNION ALL
			SELECT h.pool_id, h.hour_at, h.price_max FROM pool JOIN pool_price_hourly h ON h.pool_id = pool.id
				AND h.hour_at >= NOW() - INTERVAL 24 HOUR
			UNION ALL
			SELECT c.pool_id, c.observed_at, c.price FROM pool JOIN pricing_consolidated c ON c.pool_id = pool.id
				AND c.observed_at >= NOW() - INTERVAL 24 HOUR
				AND NOT EXISTS (SELECT 1 FROM pool_price_hourly h WHERE h.pool_id = pool.id AND h.hour_at >= NOW() - INTERVAL 24 HOUR)
			UNION ALL
			(SELECT pool.id, pool.last_price_at, pool.last_price FROM pool WHERE pool.last_price_at >= NOW() - INTERVAL 24 HOUR)
		) r ON r.pool_id = q.id
		GROUP BY q.id, bucket) s
	GROUP BY s.pool_id
), past AS (
	SELECT w.new_pool_id AS pool_id, w.downtime_seconds, w.boot_seconds, w.success
	FROM (SELECT p.id, COALESCE((SELECT n.switched_at FROM switches n WHERE n.new_pool_id = p.id ORDER BY n.switched_at DESC LIMIT 1 OFFSET 499),
			NOW() - INTERVAL 90 DAY) AS since
		FROM me JOIN spot_pools p ON p.instance_type = me.instance_type AND p.region = me.region LIMIT 1000) q
	JOIN switches w ON w.new_pool_id = q.id AND w.switched_at >= q.since
	UNION ALL
	SELECT NULL, w.downtime_seconds, w.boot_seconds, w.success
	FROM (SELECT s.* FROM switches s WHERE s.new_pool_id IS NULL AND s.new_mode = 'ondemand' AND s.switched_at >= NOW() - INTERVAL 90 DAY
		ORDER BY s.switched_at DESC LIMIT 500) w
), history AS (
	SELECT DISTINCT d.pool_id,
		PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY d.downtime_seconds) OVER (PARTITION BY d.pool_id) AS down_p50,
		PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY d.downtime_seconds) OVER (PARTITION BY d.pool_id) AS down_p95,
		COUNT(d.downtime_seconds) OVER (PARTITION BY d.pool_id) AS down_n,
		PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY d.boot_seconds) OVER (PARTITION BY d.pool_id) AS boot_p95,
		AVG(d.boot_seconds) OVER (PARTITION BY d.pool_id) AS boot_avg, COUNT(d.boot_seconds) OVER (PARTITION BY d.pool_id) AS boot_n,
		COUNT(*) OVER (PARTITION BY d.pool_id) AS n, SUM(NOT d.success) OVER (PARTITION BY d.pool_id) AS failures
	FROM past d
), week AS (
	SELECT (SELECT COUNT(*) FROM me JOIN switches s ON s.agent_id = me.id AND s.switched_at >= NOW() - INTERVAL 7 DAY AND s.success)
		+ (SELECT COUNT(*) FROM me JOIN commands c ON c.agent_id = me.id AND {{is_under_way(c)}} AND c.command_type = 'switch') AS n
), target AS (
	SELECT pool.id AS pool_id, 'spot' AS mode, pool.az, pool.last_price AS price, pool.last_price_at AS price_at, 'raw' AS tier
	FROM pool
	UNION ALL
	SELECT NULL, 'ondemand', NULL, me.ondemand_price, NULL, 'list' FROM me WHERE me.ondemand_price IS NOT NULL
)
SELECT t.pool_id AS pool, t.mode, t.az, t.price AS usd_per_hour, {{ago_s(t.price_at)}} AS price_age_s,
	IF(t.price IS NULL, NULL, t.tier) AS price_tier,
	pt.band_low, pt.band_high, pt.points, ROUND(pt.spread, 4) AS volatility, pt.band_n,
	ROUND(t.price - IF(me.mode = 'ondemand', me.ondemand_price, me.spot_price), 6) AS usd_per_hour_vs_current,
	ROUND((t.price - IF(me.mode = 'ondemand', me.ondemand_price, me.spot_price)) * {{month_h}}, 2) AS usd_per_month_vs_current,
	ROUND(t.price - me.ondemand_price, 6) AS usd_per_hour_vs_ondemand,
	ROUND((t.price - me.ondemand_price) * {{month_h}}, 2) AS usd_per_month_vs_ondemand,
	ROUND(h.down_p50, 1) AS downtime_p50_s, ROUND(h.down_p95, 1) AS downtime_p95_s, COALESCE(h.down_n, 0) AS downtime_n,
	COALESCE(h.n, 0) AS switches_n, COALESCE(h.failures, 0) AS switches_failed,
	-- of one source, whichever has seen more boots: the pool's figures of 30 days, the last switches, or all the pool ever counted
	CASE WHEN pool.boot_n_30d > COALESCE(h.boot_n, 0) THEN COALESCE(pool.avg_boot_time_seconds, pool.boot_p50_seconds) WHEN h.boot_n > 0 THEN ROUND(h.boot_avg)
		WHEN pool.boot_sample_count > 0 THEN pool.avg_boot_time_seconds END AS boot_avg_s,
	CASE WHEN pool.boot_n_30d > COALESCE(h.boot_n, 0) THEN pool.boot_p95_seconds ELSE ROUND(h.boot_p95) END AS boot_p95_s,
	CASE WHEN GREATEST(COALESCE(h.boot_n, 0), COALESCE(pool.boot_n_30d, 0)) > 0 THEN GREATEST(COALESCE(h.boot_n, 0), COALESCE(pool.boot_n_30d, 0))
		ELSE COALESCE(pool.boot_sample_count, 0) END AS boot_n,
	IF(pool.instance_days_30d > 0, ROUND(pool.notice_count_30d / pool.instance_days_30d, 4), NULL) AS notices_per_instance_day,
	ROUND(COALESCE(pool.instance_days_30d, 0), 1) AS instance_days_n,
	IF(t.pool_id IS NULL, NULL, (SELECT COUNT(*) FROM agents x FORCE INDEX (idx_agents_pool_client) WHERE x.current_pool_id = t.pool_id AND x.client_id = me.client_id
		AND x.id <> me.id)) AS siblings,
	CASE WHEN t.mode = 'ondemand' THEN me.mode = 'ondemand' ELSE me.mode = 'spot' AND me.pool_id <=> t.pool_id END AS is_current,
	me.instance_id AS old_instance_id, me.old_instance_wait_s, me.agent_wait_s,
	ROUND(IF(me.mode = 'ondemand', me.ondemand_price, me.spot_price) * 24, 2) AS old_instance_usd_per_day,
	NULLIF(CONCAT_WS(' ',
		IF(CASE WHEN t.mode = 'ondemand' THEN me.mode = 'ondemand' ELSE me.mode = 'spot' AND me.pool_id <=> t.pool_id END, 'target_is_current', NULL),
		IF(NOT pool.is_active, 'pool_inactive', NULL), IF(pool.is_cordoned, 'pool_cordoned', NULL),
		IF({{is_listed(t.pool_id, me.blacklist_pools)}}, 'pool_blacklisted', NULL),
		IF(pool.under_notice > 0, 'pool_notice', NULL),
		IF({{is_cooled(COALESCE(t.pool_id, {{ondemand_place(me.instance_type, me.region)}}), me.client_id)}}, 'no_capacity', NULL), IF(week.n >= me.max_week AND {{undoes(me.id, t.mode = 'ondemand', t.pool_id)}} IS NULL, 'switches_per_week', NULL),
		IF(TIMESTAMPDIFF(SECOND, me.since, NOW()) < me.min_hours * 3600 AND {{undoes(me.id, t.mode = 'ondemand', t.pool_id)}} IS NULL, 'min_pool_hours', NULL),
		IF(me.is_disabled, 'agent_disabled', NULL), IF(me.is_offline, 'agent_offline', NULL), IF(me.is_silent, 'agent_silent', NULL),
		IF(EXISTS (SELECT 1 FROM commands c WHERE c.agent_id = me.id AND {{is_under_way(c)}} AND c.command_type = 'switch'
			AND c.target_pool_id <=> t.pool_id), 'duplicate_pending', NULL),
		IF(EXISTS (SELECT 1 FROM commands c WHERE c.agent_id = me.id AND {{is_under_way(c)}}
			AND (c.command_type IN ('PROMOTE_REPLICA_TO_PRIMARY', 'SELF_DESTRUCT') OR (c.command_type = 'switch' AND NOT (c.target_pool_id <=> t.pool_id)))),
			'opposite_pending', NULL)), '') AS guardrails_failing
FROM me JOIN target t JOIN week
LEFT JOIN pool ON pool.id = t.pool_id
LEFT JOIN points pt ON pt.pool_id = t.pool_id
LEFT JOIN history h ON h.pool_id <=> t.pool_id
ORDER BY t.mode = 'ondemand', COALESCE(pool.is_active, TRUE) DESC, t.price IS NULL, t.price, t.pool_id
