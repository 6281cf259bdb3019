-- Two clients of the same shape: acme, whose agents the login t_agent speaks for, and other, whose agents it does not.
START TRANSACTION;
DELETE FROM clients;
DELETE FROM automation_freezes;
DELETE FROM alerts;
DELETE FROM spot_pools;
DELETE FROM ondemand_prices;
DELETE FROM system_events;
DELETE FROM sse_events;
DELETE FROM consolidation_jobs;
DELETE FROM spotop_bulk;
DELETE FROM spotop_plans;
DELETE FROM spotop_cooling;
DELETE FROM spotop_agent_counts;
INSERT INTO clients (id, name, email, client_token, metadata) VALUES ('c0000000-0000-4000-8000-000000000001', 'acme', 'ops@acme.example', SHA2('acme', 256), '{"max_touched_share": 1}'),
 ('c0000000-0000-4000-8000-000000000009', 'other', 'ops@other.example', SHA2('other', 256), '{"max_touched_share": 1}');
INSERT INTO spot_pools (id, instance_type, region, az, last_price, last_price_at) SELECT CONCAT('r3.large.us-east-1', z), 'r3.large',
 'us-east-1', CONCAT('us-east-1', z), 0.02 + ASCII(z) / 100000, NOW() - INTERVAL 1 MINUTE FROM (SELECT 'a' AS z UNION ALL SELECT 'b' UNION ALL SELECT 'c' UNION ALL SELECT 'e') x;
UPDATE spot_pools SET is_cordoned = TRUE, cordoned_until = NOW() + INTERVAL 1 HOUR, cordon_reason = 'x', cordoned_by = 'x' WHERE az = 'us-east-1c';
INSERT INTO ondemand_prices (instance_type, region, price, recorded_at) VALUES ('r3.large', 'us-east-1', 0.175, NOW() - INTERVAL 1 DAY);
INSERT INTO agents (id, client_id, logical_agent_id, instance_type, region, az, current_mode, current_pool_id, spot_price, ondemand_price, status,
 last_heartbeat_at, auto_switch_enabled, metadata) SELECT v.id, v.client, v.name, 'r3.large', 'us-east-1', 'us-east-1b', 'spot', 'r3.large.us-east-1b',
 0.02098, 0.175, 'online', NOW() - INTERVAL 20 SECOND, FALSE, JSON_OBJECT('login', v.login) FROM (
SELECT 'a0000000-0000-4000-8000-000000000001' AS id, 'c0000000-0000-4000-8000-000000000001' AS client, 'm1' AS name, 't_agent' AS login UNION ALL 
SELECT 'a0000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-000000000001', 'm2', 't_agent' UNION ALL 
SELECT 'a0000000-0000-4000-8000-000000000003', 'c0000000-0000-4000-8000-000000000001', 'm3', '' UNION ALL 
SELECT 'a0000000-0000-4000-8000-000000000009', 'c0000000-0000-4000-8000-000000000009', 'o1', 't_other') v;
INSERT INTO agent_configs (agent_id) SELECT id FROM agents;
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, current_pool_id, spot_price, ondemand_price, instance_status, is_primary, last_switch_at)
 SELECT CONCAT('i-', logical_agent_id), client_id, id, 'r3.large', 'us-east-1', 'us-east-1b', 'spot', 'r3.large.us-east-1b', 0.02098, 0.175, 'running_primary', TRUE,
 NOW() - INTERVAL 5 HOUR FROM agents UNION ALL
 SELECT CONCAT('r-', logical_agent_id), client_id, id, 'r3.large', 'us-east-1', 'us-east-1a', 'spot', 'r3.large.us-east-1a', 0.02097, 0.175, 'running_replica', FALSE, NULL
 FROM agents;
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, current_pool_id, instance_status, launch_requested_at, launch_role)
 SELECT CONCAT('l-', logical_agent_id), client_id, id, 'r3.large', 'us-east-1', 'us-east-1a', 'spot', 'r3.large.us-east-1a', 'launching', NOW() - INTERVAL 30 SECOND, 'replica' FROM agents;
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, current_pool_id, instance_status)
 SELECT CONCAT('z-', logical_agent_id), client_id, id, 'r3.large', 'us-east-1', 'us-east-1b', 'spot', 'r3.large.us-east-1b', 'zombie' FROM agents;
UPDATE instances SET updated_at = NOW() - INTERVAL 3 DAY WHERE instance_status = 'zombie';
UPDATE system_events SET created_at = NOW() - INTERVAL 3 DAY WHERE event_type = 'instance_zombie';
INSERT INTO instances (id, client_id, instance_type, region, az) SELECT CONCAT('x-', name), id, 'r3.large', 'us-east-1', 'us-east-1a' FROM clients;
INSERT INTO commands (id, client_id, agent_id, command_type, status, fence, attempts, executed_at, lease_until, target_mode, target_pool_id) VALUES
 ('d0000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 'switch', 'executing', 3, 1, NOW(), NOW() + INTERVAL 1 HOUR, 'pool', 'r3.large.us-east-1e'),
 ('d0000000-0000-4000-8000-000000000009', 'c0000000-0000-4000-8000-000000000009', 'a0000000-0000-4000-8000-000000000009', 'switch', 'executing', 3, 1, NOW(), NOW() + INTERVAL 1 HOUR, 'pool', 'r3.large.us-east-1e');
INSERT INTO commands (id, client_id, agent_id, command_type, target_mode, target_pool_id) VALUES
 ('d0000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 'LAUNCH_INSTANCE', 'pool', 'r3.large.us-east-1e'),
 ('d0000000-0000-4000-8000-000000000008', 'c0000000-0000-4000-8000-000000000009', 'a0000000-0000-4000-8000-000000000009', 'LAUNCH_INSTANCE', 'pool', 'r3.large.us-east-1e');
INSERT INTO alerts (id, alert_key, kind, severity, message) VALUES (1, 'agent_silent:m1', 'agent_silent', 'warning', 'm1 is silent');
INSERT INTO automation_freezes (id, scope_type, scope_id, reason, created_by, expires_at) VALUES ('f0000000-0000-4000-8000-000000000001', 'pool', 'r3.large.us-east-1a', 'x', 'x', NOW() + INTERVAL 1 HOUR);
INSERT INTO spot_price_snapshots (agent_id, pool_id, price, observed_at) VALUES ('a0000000-0000-4000-8000-000000000009', 'r3.large.us-east-1b', 0.021, NOW() - INTERVAL 2 MINUTE);
REPLACE INTO job_schedules (name, kind, next_run_at, lease_until, holder) VALUES ('consolidate', 'job', NOW() + INTERVAL 1 HOUR, NULL, NULL),
 ('retention', 'job', NOW() + INTERVAL 1 HOUR, NOW() + INTERVAL 110 SECOND, 'x'), ('leader', 'lease', NULL, NOW() + INTERVAL 110 SECOND, 'x');
INSERT INTO spotop_plans (id, scope_type, scope, state, in_flight, created_by, run_by, started_at) VALUES
 ('e0000000-0000-4000-8000-000000000001', 'agents', 'm1', 'planned', 1, 'x', NULL, NULL), ('e1000000-0000-4000-8000-000000000001', 'agents', 'm2', 'running', 1, 'x', 'x', NOW()),
 ('e2000000-0000-4000-8000-000000000001', 'agents', 'm3', 'paused', 1, 'x', 'x', NOW());
INSERT INTO spotop_plan_rows (plan_id, agent_id, place, what, target_pool_id, is_live) VALUES
 ('e0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 1, 'switch', 'r3.large.us-east-1e', FALSE),
 ('e1000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000002', 1, 'switch', 'r3.large.us-east-1e', TRUE),
 ('e2000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000003', 1, 'switch', 'r3.large.us-east-1e', TRUE);
-- released as a command that is gone: what the worker looks for
INSERT INTO spotop_plan_rows (plan_id, agent_id, place, what, target_pool_id, is_live, state) VALUES
 ('e2000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000009', 2, 'switch', 'r3.large.us-east-1e', TRUE, 'released');
INSERT INTO consolidation_jobs (job_type, status, details) VALUES ('retention', 'running', '{"job":"retention"}');
INSERT INTO consolidation_jobs (id, job_type, status, chunk, window_start, window_end, error_message, started_at) VALUES
 ('b0000000-0000-4000-8000-000000000001', 'consolidate', 'failed', 'r3.large.us-east-1c', UTC_DATE(), UTC_DATE() + INTERVAL 1 DAY, 'x', NOW());
INSERT INTO alerts (id, alert_key, kind, severity, message) VALUES (2, 'part:b0000000-0000-4000-8000-000000000001', 'job_failed', 'error', 'consolidate leaves out r3.large.us-east-1c');
INSERT INTO spot_price_snapshots (agent_id, pool_id, price, observed_at) VALUES ('a0000000-0000-4000-8000-000000000001', 'r3.large.us-east-1c', 0.021, GREATEST(TIMESTAMP(UTC_DATE()), NOW() - INTERVAL 2 MINUTE));
COMMIT;
