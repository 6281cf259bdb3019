-- What a list of agents says of each, of v_agent_status s. urgency: the worst health first, the longest silent first within it.
SELECT s.agent_id, s.agent, s.client, s.client_id, s.health, s.health_rank, s.cause, s.status, s.seconds_since_heartbeat,
       s.heartbeat_interval_seconds, s.current_mode, s.current_pool_id AS pool, s.region, s.az, s.instance_type, s.instance_id,
       s.spot_price AS spot_usd_per_hour, s.ondemand_price AS ondemand_usd_per_hour,
       s.total_instances, s.primary_count, s.replica_count, s.zombie_count, s.notice_status, s.notice_deadline,
       s.auto_switch_enabled, s.auto_terminate_enabled, s.replica_enabled, s.manual_replica_enabled, s.enabled, s.version,
       s.health_rank * 100000000000 + CASE WHEN s.health IN ('ok', 'off') THEN 0
           WHEN s.last_heartbeat_at IS NULL THEN 0 WHEN s.seconds_since_heartbeat > {{warn_after(s.heartbeat_interval_seconds)}} THEN UNIX_TIMESTAMP(s.last_heartbeat_at) ELSE 9999999999 END AS urgency
