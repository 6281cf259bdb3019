-- A small fleet whose every time hangs on one moment, 2026-11-22 12:04:31 UTC: what the pictures show.
SET NAMES utf8mb4, time_zone = '+00:00', timestamp = UNIX_TIMESTAMP('2026-11-22 12:04:31');
DELETE FROM system_events;
SET @now = NOW(), @acme = '00000000-0000-4000-8000-0000000000c1', @beta = '00000000-0000-4000-8000-0000000000c2';

INSERT INTO clients (id, name, email, client_token, created_at) VALUES
	(@acme, 'acme', 'ops@acme.example', SHA2('acme', 256), @now - INTERVAL 90 DAY),
	(@beta, 'beta', 'ops@beta.example', SHA2('beta', 256), @now - INTERVAL 60 DAY);

INSERT INTO spot_pools (id, instance_type, region, az, boot_p50_seconds, boot_p95_seconds, boot_n_30d, avg_boot_time_seconds,
	boot_sample_count, downtime_p95_seconds, downtime_n_30d, notice_count_30d, rebalance_count_30d, instance_days_30d, stats_at, created_at, updated_at) VALUES
	('r3.large.us-east-1a', 'r3.large', 'us-east-1', 'us-east-1a', 31, 44, 12, 33, 12, 9, 12, 1, 4, 97.5, @now - INTERVAL 1 HOUR, @now - INTERVAL 90 DAY, @now),
	('r3.large.us-east-1b', 'r3.large', 'us-east-1', 'us-east-1b', 38, 52, 214, 40, 214, 11, 200, 9, 30, 210, @now - INTERVAL 1 HOUR, @now - INTERVAL 90 DAY, @now),
	('r3.large.us-east-1e', 'r3.large', 'us-east-1', 'us-east-1e', 28, 38, 88, 29, 88, 9, 61, 2, 7, 210, @now - INTERVAL 1 HOUR, @now - INTERVAL 90 DAY, @now),
	('c3.xlarge.us-east-1b', 'c3.xlarge', 'us-east-1', 'us-east-1b', NULL, NULL, 0, NULL, 0, NULL, 0, 0, 0, 0, NULL, @now - INTERVAL 90 DAY, @now);
UPDATE spot_pools SET is_cordoned = TRUE, cordoned_until = @now + INTERVAL 90 MINUTE, cordon_reason = 'notices in this zone',
	cordoned_by = 'ops' WHERE id = 'r3.large.us-east-1b';
INSERT INTO ondemand_prices (id, instance_type, region, price, recorded_at) VALUES
	('00000000-0000-4000-8000-000000000d01', 'r3.large', 'us-east-1', 0.175, @now - INTERVAL 60 DAY),
	('00000000-0000-4000-8000-000000000d02', 'c3.xlarge', 'us-east-1', 0.21, @now - INTERVAL 60 DAY);

-- Prices of a day, every ten minutes: a slow wave, one jump, one hole of two hours.
INSERT INTO spot_price_snapshots (id, pool_id, price, observed_at, created_at)
	SELECT 0, p.pool, ROUND(p.base * (1 + 0.2 * SIN(s.seq / 15)) + IF(p.pool LIKE '%1b' AND s.seq BETWEEN 30 AND 36, 0.02, 0), 6),
		@now - INTERVAL s.seq * 10 MINUTE, @now
	FROM seq_0_to_143 s JOIN (SELECT 'r3.large.us-east-1a' AS pool, 0.0231 AS base UNION ALL SELECT 'r3.large.us-east-1b', 0.0262
		UNION ALL SELECT 'r3.large.us-east-1e', 0.0228) p
	WHERE s.seq NOT BETWEEN 60 AND 71;
INSERT INTO pricing_consolidated (id, pool_id, price, observed_at, source_count, consolidated_at)
	SELECT 0, pool_id, price, observed_at - INTERVAL SECOND(observed_at) SECOND, 1, @now - INTERVAL 5 MINUTE
	FROM spot_price_snapshots WHERE observed_at < @now - INTERVAL 2 HOUR;
INSERT INTO pricing_canonical (id, pool_id, price, observed_at, confidence_score, volatility_index)
	SELECT 0, pool_id, price, observed_at, 0.95, 0.02 FROM pricing_consolidated WHERE observed_at < @now - INTERVAL 12 HOUR;

-- Six agents: well with a replica, one instance too many, under notice, just silent, long dead, switched off.
INSERT INTO agents (id, client_id, logical_agent_id, hostname, instance_id, instance_type, region, az, current_mode, current_pool_id,
	spot_price, ondemand_price, baseline_ondemand_price, agent_version, status, enabled, last_heartbeat_at, auto_switch_enabled,
	fastest_boot_pool_id, created_at, updated_at)
SELECT CONCAT('00000000-0000-4000-8000-0000000000a', x.n), IF(x.n < 5, @acme, @beta), x.name, CONCAT('ip-10-0-0-', x.n), x.instance, 'r3.large', 'us-east-1',
	x.az, x.mode, IF(x.mode = 'spot', CONCAT('r3.large.', x.az), NULL), x.price, 0.175, 0.175, '2.4.1', x.status, x.n <> 6,
	@now - INTERVAL x.silent SECOND, TRUE, 'r3.large.us-east-1e', @now - INTERVAL 30 DAY, @now
FROM (SELECT 1 AS n, 'web-1' AS name, 'i-0c41aa01' AS instance, 'us-east-1e' AS az, 'spot' AS mode, 0.0228 AS price, 'online' AS status, 4 AS silent
	UNION ALL SELECT 2, 'web-2', 'i-0c41aa02', 'us-east-1a', 'spot', 0.0231, 'online', 9
	UNION ALL SELECT 3, 'db-1', 'i-07be1101', 'us-east-1b', 'spot', 0.0262, 'online', 2
	UNION ALL SELECT 4, 'db-2', 'i-07be1102', 'us-east-1b', 'spot', 0.0262, 'online', 61
	UNION ALL SELECT 5, 'batch-1', 'i-0a41dd01', 'us-east-1a', 'ondemand', NULL, 'online', 812
	UNION ALL SELECT 6, 'batch-2', NULL, 'us-east-1a', 'unknown', NULL, 'offline', 90000) x;
-- What boots in that pool took, two weeks ago and more: switches of an agent that is off by now.
INSERT INTO switches (id, client_id, agent_id, request_id, old_instance_type, old_region, old_mode, new_instance_type, new_region, new_mode, new_pool_id, event_trigger, downtime_seconds, switched_at, initiated_at, boot_seconds)
SELECT CONCAT('aa000000-0000-4000-8000-0000000010', LPAD(s.seq, 2, '0')), @beta, '00000000-0000-4000-8000-0000000000a6', CONCAT('aa000000-0000-4000-8000-0000000011', LPAD(s.seq, 2, '0')),
	'r3.large', 'us-east-1', 'ondemand', 'r3.large', 'us-east-1', 'spot', 'r3.large.us-east-1e', 'ml', 9, @now - INTERVAL 14 DAY - INTERVAL s.seq HOUR, @now - INTERVAL 14 DAY - INTERVAL s.seq HOUR - INTERVAL 1 MINUTE, 36 + s.seq MOD 4
FROM seq_1_to_24 s;
DELETE FROM system_events WHERE event_type = 'switch_completed';
TRUNCATE sse_events; -- they were born long ago
INSERT INTO agent_configs (agent_id) SELECT id FROM agents;

SET timestamp = UNIX_TIMESTAMP('2026-11-22 09:00:00');
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, current_pool_id, spot_price, ondemand_price,
	baseline_ondemand_price, instance_status, is_primary, launch_requested_at, launch_confirmed_at, installed_at, created_at, updated_at, launch_role)
SELECT a.instance_id, a.client_id, a.id, a.instance_type, a.region, a.az, a.current_mode, a.current_pool_id, a.spot_price, 0.175, 0.175,
	'running_primary', TRUE, NOW() - INTERVAL 40 SECOND, NOW(), NOW(), NOW(), NOW(), 'primary'
FROM agents a WHERE a.instance_id IS NOT NULL ORDER BY a.id;
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, current_pool_id, spot_price, ondemand_price,
	baseline_ondemand_price, instance_status, launch_requested_at, launch_confirmed_at, termination_requested_at, created_at, updated_at, launch_role)
SELECT x.id, a.client_id, a.id, 'r3.large', 'us-east-1', x.az, 'spot', CONCAT('r3.large.', x.az), x.price, 0.175, 0.175, x.status,
	x.asked, x.up, x.down, x.asked, x.asked, x.role
FROM (SELECT 'i-0c41ee01' AS id, 1 AS n, 'us-east-1a' AS az, 0.0231 AS price, 'running_replica' AS status, 'replica' AS role, @now - INTERVAL 2 HOUR AS asked, @now - INTERVAL 7160 SECOND AS up, NULL AS down
	UNION ALL SELECT 'i-0c41ff02', 2, 'us-east-1b', 0.0262, 'zombie', 'primary', @now - INTERVAL 9 HOUR, @now - INTERVAL 32350 SECOND, NULL
	UNION ALL SELECT 'i-07be2201', 3, 'us-east-1e', NULL, 'launching', 'replica', @now - INTERVAL 34 SECOND, NULL, NULL
	UNION ALL SELECT 'i-07be2202', 4, 'us-east-1e', 0.0228, 'terminating', 'replica', @now - INTERVAL 5 HOUR, @now - INTERVAL 17960 SECOND, @now - INTERVAL 75 SECOND) x
JOIN agents a ON a.id = CONCAT('00000000-0000-4000-8000-0000000000a', x.n) ORDER BY x.id;

SET timestamp = UNIX_TIMESTAMP('2026-11-22 12:03:02');
UPDATE agents SET notice_status = 'termination', notice_received_at = NOW(), notice_deadline = @now + INTERVAL 31 SECOND WHERE logical_agent_id = 'db-1';

INSERT INTO commands (id, client_id, agent_id, request_id, command_type, target_mode, target_pool_id, instance_id, priority, status, stage, stage_at,
	trigger_type, created_by, created_at, executed_at, completed_at, success, message, reason, attempts, fence)
VALUES
	('5f0c0000-0000-4000-8000-000000000001', @acme, '00000000-0000-4000-8000-0000000000a3', '5f0c0000-0000-4000-8000-0000000000e1', 'switch', 'pool', 'r3.large.us-east-1e', 'i-07be1101', 75,
	 'executing', 'launching', @now - INTERVAL 34 SECOND, 'manual', 'ops', @now - INTERVAL 40 SECOND, @now - INTERVAL 36 SECOND, NULL, NULL, NULL, 'notice', 1, 1),
	('e21a0000-0000-4000-8000-000000000002', @acme, '00000000-0000-4000-8000-0000000000a1', 'e21a0000-0000-4000-8000-0000000000e1', 'switch', 'pool', 'r3.large.us-east-1e', 'i-0c41aa01', 25,
	 'completed', 'done', @now - INTERVAL 3 HOUR, 'ml', NULL, @now - INTERVAL 10900 SECOND, @now - INTERVAL 10890 SECOND, @now - INTERVAL 3 HOUR, TRUE, 'switched', NULL, 1, 1),
	('77aa0000-0000-4000-8000-000000000003', @beta, '00000000-0000-4000-8000-0000000000a5', '77aa0000-0000-4000-8000-0000000000e1', 'switch', 'ondemand', NULL, 'i-0a41dd01', 75,
	 'pending', 'queued', @now - INTERVAL 10 MINUTE, 'manual', 'ops', @now - INTERVAL 10 MINUTE, NULL, NULL, NULL, NULL, 'price', 0, 0),
	('91c30000-0000-4000-8000-000000000004', @acme, '00000000-0000-4000-8000-0000000000a4', '91c30000-0000-4000-8000-0000000000e1', 'LAUNCH_INSTANCE', 'pool', 'c3.xlarge.us-east-1b', NULL, 25,
	 'failed', 'launching', @now - INTERVAL 50 MINUTE, 'ml', NULL, @now - INTERVAL 3060 SECOND, @now - INTERVAL 3050 SECOND, @now - INTERVAL 50 MINUTE, FALSE, 'no capacity', NULL, 1, 1);

SET timestamp = UNIX_TIMESTAMP('2026-11-22 11:30:00');
INSERT INTO switches (id, client_id, agent_id, command_id, request_id, old_instance_id, old_instance_type, old_mode, old_pool_id, new_instance_id, new_instance_type,
	new_mode, new_pool_id, on_demand_price, old_spot_price, new_spot_price, savings_impact, event_trigger, trigger_type, downtime_seconds, switched_at, success,
	error_message, initiated_at, boot_seconds)
VALUES
	('aa000000-0000-4000-8000-000000000001', @acme, '00000000-0000-4000-8000-0000000000a1', 'e21a0000-0000-4000-8000-000000000002', 'aa000000-0000-4000-8000-0000000000e1', 'i-0c41bb09', 'r3.large',
	 'spot', 'r3.large.us-east-1a', 'i-0c41aa01', 'r3.large', 'spot', 'r3.large.us-east-1e', 0.175, 0.031, 0.0228, 0.0082, 'ml', 'ml_model', 9, @now - INTERVAL 3 HOUR, TRUE, NULL, @now - INTERVAL 10890 SECOND, 38),
	('aa000000-0000-4000-8000-000000000002', @acme, '00000000-0000-4000-8000-0000000000a2', NULL, 'aa000000-0000-4000-8000-0000000000e2', 'i-0c41ff02', 'r3.large',
	 'spot', 'r3.large.us-east-1b', 'i-0c41aa02', 'r3.large', 'spot', 'r3.large.us-east-1a', 0.175, 0.0262, 0.0231, 0.0031, 'emergency', 'rebalance', 41, @now - INTERVAL 8 HOUR, TRUE, NULL, @now - INTERVAL 28900 SECOND, 55),
	('aa000000-0000-4000-8000-000000000003', @acme, '00000000-0000-4000-8000-0000000000a4', NULL, 'aa000000-0000-4000-8000-0000000000e3', 'i-07be1102', 'r3.large',
	 'spot', 'r3.large.us-east-1b', NULL, 'c3.xlarge', 'spot', 'c3.xlarge.us-east-1b', 0.175, 0.0262, NULL, NULL, 'ml', 'ml_model', NULL, @now - INTERVAL 50 MINUTE, FALSE, 'no capacity', @now - INTERVAL 3050 SECOND, NULL);

SET timestamp = UNIX_TIMESTAMP('2026-11-22 12:04:20');
INSERT INTO system_events (event_type, severity, message, client_id, agent_id, instance_id, created_at) VALUES
	('launch_failed', 'error', 'c3.xlarge.us-east-1b: no capacity', @acme, '00000000-0000-4000-8000-0000000000a4', NULL, @now - INTERVAL 50 MINUTE),
	('agent_silent', 'warning', 'db-2 has not been heard of for a minute', @acme, '00000000-0000-4000-8000-0000000000a4', NULL, @now - INTERVAL 5 SECOND),
	('note', 'info', CONCAT('a message with ', CHAR(27), ']52;c;ZXZpbA==', CHAR(7), ' controls and 日本'), @beta, NULL, NULL, @now - INTERVAL 3 SECOND);
INSERT INTO job_schedules (name, kind, about, every_seconds, next_run_at, last_run_at, last_ok_at, last_status, last_error, last_duration_ms,
	consecutive_failures, holder, lease_until, fence, updated_at) VALUES
	('consolidate', 'job', 'raw prices to minutes', 43200, @now + INTERVAL 40 MINUTE, @now - INTERVAL 20 MINUTE, @now - INTERVAL 20 MINUTE, 'ok', NULL, 1200, 0, NULL, NULL, 0, @now),
	('canonical', 'job', 'minutes to the canonical tier', 43200, @now - INTERVAL 3 HOUR, @now - INTERVAL 15 HOUR, @now - INTERVAL 15 HOUR, 'ok', NULL, 900, 0, NULL, NULL, 0, @now),
	('retention', 'job', 'old partitions go', 86400, @now + INTERVAL 10 MINUTE, @now - INTERVAL 2 HOUR, @now - INTERVAL 26 HOUR, 'failed', 'lock wait timeout', 50, 3, NULL, NULL, 0, @now),
	('leader', 'lease', 'who runs the jobs', NULL, NULL, NULL, NULL, 'ok', NULL, NULL, 0, 'ops-1:4711', @now + INTERVAL 20 SECOND, 7, @now);
INSERT INTO consolidation_jobs (id, job_type, status, window_start, window_end, records_processed, started_at, completed_at, duration_seconds, created_at) VALUES
	('bb000000-0000-4000-8000-000000000001', 'consolidate', 'completed', '2026-11-22 00:00:00', '2026-11-22 10:00:00', 396, @now - INTERVAL 20 MINUTE, @now - INTERVAL 1198 SECOND, 2, @now - INTERVAL 20 MINUTE);
INSERT INTO alerts (alert_key, kind, severity, client_id, agent_id, message, opened_at, last_seen_at) VALUES
	('agent-dead:batch-1', 'agent_dead', 'critical', @beta, '00000000-0000-4000-8000-0000000000a5', 'batch-1 has been silent for 812 s', @now - INTERVAL 10 MINUTE, @now);

GRANT EXECUTE ON PROCEDURE spot_optimizer.clock_hold TO PUBLIC; -- the server's init_connect
CREATE USER IF NOT EXISTS pictures@localhost;
GRANT spotop_operator TO pictures@localhost;
SET DEFAULT ROLE spotop_operator FOR pictures@localhost;
