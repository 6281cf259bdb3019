-- The newest launches (of the pool p_pool, or 'ondemand': on demand of that type and region; wider, of region and type by v_of) of 30 days: how long each booted or, where it
-- failed, was waited for; is_ok; and how long one that came up took until it served.
SELECT IF(w.success OR w.boot_seconds IS NOT NULL, w.boot_seconds, GREATEST(0, UNIX_TIMESTAMP(w.switched_at) - UNIX_TIMESTAMP(w.initiated_at))) AS boot,
	w.success AS is_ok, w.boot_seconds + COALESCE(w.downtime_seconds, 0) AS takes
FROM (
	(SELECT success, boot_seconds, downtime_seconds, initiated_at, switched_at FROM switches FORCE INDEX (idx_switches_pool)
		WHERE new_pool_id = p_pool AND switched_at BETWEEN p_at - INTERVAL 30 DAY AND p_at ORDER BY switched_at DESC LIMIT 200)
	UNION ALL
	(SELECT success, boot_seconds, downtime_seconds, initiated_at, switched_at FROM switches FORCE INDEX (idx_switches_pool)
		WHERE p_pool = 'ondemand' AND new_pool_id IS NULL AND new_mode = 'ondemand' AND new_instance_type = p_type AND new_region = p_region AND switched_at BETWEEN p_at - INTERVAL 30 DAY AND p_at ORDER BY switched_at DESC LIMIT 200)
	UNION ALL
	(SELECT x.success, x.boot_seconds, x.downtime_seconds, x.initiated_at, x.switched_at
		FROM (SELECT new_pool_id, new_region, new_instance_type, success, boot_seconds, downtime_seconds, initiated_at, switched_at FROM switches FORCE INDEX (idx_switches_time)
			WHERE v_of > 1 AND switched_at BETWEEN p_at - INTERVAL 30 DAY AND p_at ORDER BY switched_at DESC LIMIT 500) x
		WHERE (p_pool IS NULL OR NOT x.new_pool_id <=> p_pool) AND NOT (p_pool <=> 'ondemand' AND x.new_pool_id IS NULL AND x.new_instance_type = p_type AND x.new_region = p_region) AND (v_of = 4 OR x.new_region = p_region) AND (v_of > 2 OR x.new_instance_type = p_type))
) w WHERE NOT w.success OR w.boot_seconds IS NOT NULL HAVING boot IS NOT NULL
