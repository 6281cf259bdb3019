-- What the small fleet lacks: models and what they decided, replicas and what became of them, what clients
-- were told, runs of jobs; in the pictures of the views that are empty without.
SET NAMES utf8mb4, time_zone = '+00:00', timestamp = UNIX_TIMESTAMP('2026-11-22 12:04:31');
SET @now = NOW(), @acme = '00000000-0000-4000-8000-0000000000c1', @beta = '00000000-0000-4000-8000-0000000000c2';
INSERT INTO ml_models (id, model_name, model_version, model_type, is_active, validation_status, uploaded_at) VALUES
	('cc000000-0000-4000-8000-000000000001', 'price-forest', '3.1', 'random_forest', TRUE, 'validated', @now - INTERVAL 20 DAY);
INSERT INTO ml_decisions (id, client_id, agent_id, model_id, current_pool_id, current_price, recommended_action, recommended_pool_id, recommended_price,
	expected_savings, confidence_score, risk_score, action_taken, command_id, actual_savings, decided_at) VALUES
	('dd000000-0000-4000-8000-000000000001', @acme, '00000000-0000-4000-8000-0000000000a1', 'cc000000-0000-4000-8000-000000000001', 'r3.large.us-east-1a', 0.031, 'switch',
	 'r3.large.us-east-1e', 0.0228, 0.0082, 0.94, 0.11, TRUE, 'e21a0000-0000-4000-8000-000000000002', 0.0082, @now - INTERVAL 10905 SECOND),
	('dd000000-0000-4000-8000-000000000002', @acme, '00000000-0000-4000-8000-0000000000a2', 'cc000000-0000-4000-8000-000000000001', 'r3.large.us-east-1a', 0.0231, 'stay',
	 NULL, NULL, NULL, 0.88, 0.2, FALSE, NULL, NULL, @now - INTERVAL 15 MINUTE),
	('dd000000-0000-4000-8000-000000000003', @acme, '00000000-0000-4000-8000-0000000000a3', NULL, 'r3.large.us-east-1b', 0.0262, 'emergency_replica',
	 'r3.large.us-east-1e', 0.0228, NULL, NULL, 0.97, TRUE, NULL, NULL, @now - INTERVAL 88 SECOND);
INSERT INTO replica_instances (id, client_id, agent_id, command_id, request_id, cloud_instance_id, instance_type, region, az, mode, pool_id, status,
	launch_requested_at, launch_completed_at, terminated_at) VALUES
	('ee000000-0000-4000-8000-000000000001', @acme, '00000000-0000-4000-8000-0000000000a1', NULL, 'ee000000-0000-4000-8000-0000000000e1', 'i-0c41ee01', 'r3.large', 'us-east-1', 'us-east-1a',
	 'spot', 'r3.large.us-east-1a', 'running', @now - INTERVAL 2 HOUR, @now - INTERVAL 7160 SECOND, NULL),
	('ee000000-0000-4000-8000-000000000002', @acme, '00000000-0000-4000-8000-0000000000a3', '5f0c0000-0000-4000-8000-000000000001', 'ee000000-0000-4000-8000-0000000000e2', NULL, 'r3.large', 'us-east-1', 'us-east-1e',
	 'spot', 'r3.large.us-east-1e', 'launching', @now - INTERVAL 34 SECOND, NULL, NULL),
	('ee000000-0000-4000-8000-000000000003', @acme, '00000000-0000-4000-8000-0000000000a2', NULL, 'ee000000-0000-4000-8000-0000000000e3', 'i-0c41aa02', 'r3.large', 'us-east-1', 'us-east-1a',
	 'spot', 'r3.large.us-east-1a', 'running', @now - INTERVAL 29000 SECOND, @now - INTERVAL 28945 SECOND, NULL),
	('ee000000-0000-4000-8000-000000000004', @acme, '00000000-0000-4000-8000-0000000000a4', NULL, 'ee000000-0000-4000-8000-0000000000e4', 'i-07be0901', 'r3.large', 'us-east-1', 'us-east-1b',
	 'spot', 'r3.large.us-east-1b', 'terminated', @now - INTERVAL 3 DAY, @now - INTERVAL 259160 SECOND, @now - INTERVAL 2 DAY);
INSERT INTO notifications (id, client_id, message, notification_type, is_read, created_at, read_at) VALUES
	('ff000000-0000-4000-8000-000000000001', @acme, 'EC2 interrupts db-1 in 120 s', 'warning', FALSE, @now - INTERVAL 89 SECOND, NULL),
	('ff000000-0000-4000-8000-000000000002', @acme, 'web-1 moved to r3.large.us-east-1e: -26 %', 'success', TRUE, @now - INTERVAL 3 HOUR, @now - INTERVAL 2 HOUR),
	('ff000000-0000-4000-8000-000000000003', @beta, 'batch-1 has not been heard of for ten minutes', 'error', FALSE, @now - INTERVAL 4 MINUTE, NULL);
INSERT INTO consolidation_jobs (id, job_type, status, window_start, window_end, records_processed, started_at, completed_at, duration_seconds, errors_encountered, error_message, holder, details, created_at) VALUES
	('bb000000-0000-4000-8000-000000000002', 'canonical', 'failed', '2026-11-21 12:00:00', '2026-11-22 00:00:00', 0, @now - INTERVAL 2 HOUR, @now - INTERVAL 7195 SECOND, 5, 1, 'lock wait timeout', 'ops-1:4711',
	 '{"job": "canonicalize", "done": 2, "total": 12}', @now - INTERVAL 2 HOUR);
UPDATE consolidation_jobs SET holder = 'ops-1:4711', details = '{"job": "consolidate", "done": 12, "total": 12}' WHERE job_type = 'consolidate';
-- Outages that are over: a notice that came too soon for what was launching, and a switch.
INSERT INTO system_events (event_type, severity, message, client_id, agent_id, instance_id, created_at, metadata) VALUES
	('outage_ended', 'error', 'web-2 has a primary again after 95 s without one', @acme, '00000000-0000-4000-8000-0000000000a2', 'i-0c41ff02', @now - INTERVAL 8 HOUR,
	 '{"cause": "termination_notice", "is_planned": false, "pool": "r3.large.us-east-1b", "began_at": "2026-11-22T04:02:56Z", "seconds": 95, "by": "i-0c41aa02"}'),
	('outage_ended', 'info', 'web-1 has a primary again after 9 s without one', @acme, '00000000-0000-4000-8000-0000000000a1', 'i-0c41bb09', @now - INTERVAL 3 HOUR,
	 '{"cause": "switch", "is_planned": true, "pool": "r3.large.us-east-1a", "began_at": "2026-11-22T09:04:22Z", "seconds": 9, "by": "i-0c41aa01"}');
