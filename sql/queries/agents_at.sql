-- Every agent as it was at :at, as far as the database can tell; what it cannot is n/a.
-- :param client str
-- :param unhealthy bool
-- :param health str
-- :param at str
-- :param agent str
SELECT s.id AS agent_id, s.logical_agent_id AS agent, c.name AS client, s.client_id, s.health_then AS health,
       {{health_rank(s.health_then)}} AS health_rank, s.cause_then AS cause, s.status_then AS status,
       s.silent_then AS seconds_since_heartbeat, IF(s.is_as_now, s.heartbeat_interval_seconds, NULL) AS heartbeat_interval_seconds,
       s.current_mode, s.current_pool_id AS pool, s.region, s.az, s.instance_type, s.instance_id,
       IF(s.current_mode = 'spot', COALESCE(p.price, s.recorded_spot), NULL) AS spot_usd_per_hour, IF(s.current_mode = 'spot', p.price_at, NULL) AS spot_price_at, COALESCE(o.price, s.recorded_ondemand) AS ondemand_usd_per_hour,
       s.total_instances, s.primary_count, s.replica_count, s.zombie_count, s.notice_then AS notice_status, s.notice_deadline_then AS notice_deadline,
       IF(s.is_as_now, s.auto_switch_enabled, NULL) AS auto_switch_enabled, IF(s.is_as_now, s.auto_terminate_enabled, NULL) AS auto_terminate_enabled,
       IF(s.is_as_now, s.replica_enabled, NULL) AS replica_enabled, IF(s.is_as_now, s.manual_replica_enabled, NULL) AS manual_replica_enabled,
       s.enabled_then AS enabled, IF(s.is_as_now, s.version, NULL) AS version,
       s.impact_then AS impact, {{urgency(s.impact_then, s.cause_since_then)}} AS urgency
FROM (
	-- :include asof_agents told={{then_listed}} | of=TRUE
) s
LEFT JOIN clients c ON c.id = s.client_id
LEFT JOIN (
	-- :include asof_prices
) p ON p.pool_id = s.current_pool_id
LEFT JOIN (
	-- :include asof_ondemand
) o ON o.instance_type = s.instance_type AND o.region = s.region
WHERE (:client IS NULL OR c.name = :client)
  AND (:unhealthy IS NULL OR s.health_then IN ({{unhealthy}}))
  AND (:health IS NULL OR s.health_then = :health)
