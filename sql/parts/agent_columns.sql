-- What a list of agents says of each, of v_agent_status s. urgency: the order
-- of impact (impact.sql).
SELECT s.agent_id, s.agent, s.client, s.client_id, s.health, s.health_rank, s.cause, s.status, s.seconds_since_heartbeat,
       s.heartbeat_interval_seconds, s.current_mode, s.current_pool_id AS pool, s.region, s.az, s.instance_type, s.instance_id,
       s.spot_price AS spot_usd_per_hour, s.spot_price_at, s.ondemand_price AS ondemand_usd_per_hour,
       s.total_instances, s.primary_count, s.replica_count, s.zombie_count, s.notice_status, s.notice_deadline,
       s.auto_switch_enabled, s.auto_terminate_enabled, s.replica_enabled, s.manual_replica_enabled, s.enabled, s.version,
       s.impact, {{urgency(s.impact, s.cause_since)}} AS urgency
