-- One agent as it was at :at, as far as the database can tell.
-- :param agent str
-- :param at str
SELECT s.id AS agent_id, s.logical_agent_id AS agent, c.name AS client, s.client_id, s.health_then AS health, s.cause_then AS cause, s.status_then AS status,
       s.silent_then AS seconds_since_heartbeat, IF(s.is_as_now, s.heartbeat_interval_seconds, NULL) AS heartbeat_interval_seconds,
       s.primary_count, s.replica_count, s.zombie_count, s.total_instances, s.launching_count, s.terminating_count,
       s.current_mode, s.current_pool_id, s.az, s.region, s.instance_type, s.instance_id,
       IF(s.current_mode = 'spot', COALESCE(p.price, s.recorded_spot), NULL) AS spot_price, COALESCE(o.price, s.recorded_ondemand) AS ondemand_price, IF(s.current_mode = 'spot', p.price_at, NULL) AS spot_price_at,
       s.notice_then AS notice_status, s.noticed_at AS notice_received_at, s.notice_deadline_then AS notice_deadline,
       IF(s.is_as_now, s.auto_switch_enabled, NULL) AS auto_switch_enabled, IF(s.is_as_now, s.auto_terminate_enabled, NULL) AS auto_terminate_enabled,
       IF(s.is_as_now, s.replica_enabled, NULL) AS replica_enabled, IF(s.is_as_now, s.manual_replica_enabled, NULL) AS manual_replica_enabled,
       IF(s.is_as_now, s.hostname, NULL) AS hostname, IF(s.is_as_now, s.agent_version, NULL) AS agent_version, s.enabled_then AS enabled,
       IF(s.is_as_now, s.version, NULL) AS version, s.created_at,
       (SELECT COUNT(*) FROM switches w WHERE w.agent_id = s.id AND w.switched_at > CAST(:at AS DATETIME) - INTERVAL 7 DAY AND w.switched_at <= :at) AS switches_this_week,
       (SELECT COUNT(*) FROM v_outages o WHERE o.agent_id = s.id AND NOT o.is_planned AND o.began_at <= :at AND COALESCE(o.ended_at > CAST(:at AS DATETIME) - INTERVAL 30 DAY, TRUE)) AS outages_30d,
       (SELECT COALESCE(SUM(IF(o.ended_at <= :at, o.seconds, TIMESTAMPDIFF(SECOND, o.began_at, CAST(:at AS DATETIME)))), 0) FROM v_outages o
		WHERE o.agent_id = s.id AND NOT o.is_planned AND o.began_at <= :at AND COALESCE(o.ended_at > CAST(:at AS DATETIME) - INTERVAL 30 DAY, TRUE)) AS outage_seconds_30d,
       (SELECT SUM(w.downtime_seconds) FROM switches w WHERE w.agent_id = s.id AND w.success AND w.switched_at > CAST(:at AS DATETIME) - INTERVAL 30 DAY AND w.switched_at <= :at) AS switch_downtime_seconds_30d
FROM (
	-- :include asof_agents told=y.* | of=TRUE
) s
LEFT JOIN clients c ON c.id = s.client_id
LEFT JOIN (
	-- :include asof_prices
) p ON p.pool_id = s.current_pool_id
LEFT JOIN (
	-- :include asof_ondemand
) o ON o.instance_type = s.instance_type AND o.region = s.region
