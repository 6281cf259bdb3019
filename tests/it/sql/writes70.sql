-- Every kind of write to the database that old60 was migrated to: agents by their procedures, people and jobs by statements. Read by
-- tests/it/migrate_back.c.
USE back60;
CALL agent_bind('Acme', 'root');
CALL agent_heartbeat('aaaaaaaa-0000-0000-0000-000000000001', 'online', '{"agent_version": "7.1"}');
CALL agent_heartbeat('aaaaaaaa-0000-0000-0000-000000000003', 'error', NULL);
CALL agent_notice('aaaaaaaa-0000-0000-0000-000000000003', 'termination', NOW() + INTERVAL 2 MINUTE);
CALL agent_report_prices('aaaaaaaa-0000-0000-0000-000000000001', NULL, NULL, '[{"pool": "r3.large.us-east-1a", "price": 0.0123}, {"pool": "x9.large.eu-west-1c", "price": 0.5}]');
INSERT INTO spot_price_snapshots (pool_id, price, observed_at) SELECT 'r3.large.us-east-1a', seq / 1000, NOW() - INTERVAL seq SECOND FROM seq_1_to_300;
--  a failover: another instance becomes the primary, the old one goes
CALL instance_launching('aaaaaaaa-0000-0000-0000-000000000001', 'i-0new', 'r3.large.us-east-1a', 'spot', 'replica', NULL);
CALL instance_running('i-0new');
SELECT version INTO @v FROM instances WHERE id = 'i-0new';
CALL promote_instance_to_primary('i-0new', @v);
CALL instance_terminating('i-000001');
CALL instance_terminated('i-000001');
--  the one that claimed to be it beside it in the old database is a zombie here, and then gone
UPDATE instances SET instance_status = 'terminated', is_active = FALSE, terminated_at = NOW() WHERE id = 'i-default';
--  commands: waiting, carried out, cancelled
INSERT INTO commands (client_id, agent_id, command_type, target_mode, priority, status, trigger_type) VALUES ('11111111-1111-1111-1111-111111111111', 'aaaaaaaa-0000-0000-0000-000000000005', 'switch', 'ondemand', 75, 'pending', 'manual');
UPDATE commands SET status = 'cancelled', message = 'by hand' WHERE status = 'pending' LIMIT 2;
UPDATE commands SET status = 'failed', success = FALSE, message = 'no capacity', completed_at = NOW() WHERE status = 'executing' LIMIT 1;
INSERT INTO switches (client_id, agent_id, old_instance_id, new_instance_id, old_mode, new_mode, new_pool_id, event_trigger, trigger_type, success, downtime_seconds) VALUES ('11111111-1111-1111-1111-111111111111', 'aaaaaaaa-0000-0000-0000-000000000001', 'i-000001', 'i-0new', 'spot', 'spot', 'r3.large.us-east-1a', 'emergency', 'termination', TRUE, 9);
INSERT INTO agent_configs (agent_id, min_savings_percent) VALUES ('aaaaaaaa-0000-0000-0000-000000000007', 12) ON DUPLICATE KEY UPDATE min_savings_percent = 12;
UPDATE agent_configs SET risk_threshold = 0.7 WHERE agent_id = 'aaaaaaaa-0000-0000-0000-000000000001';
UPDATE agents SET auto_switch_enabled = FALSE WHERE id = 'aaaaaaaa-0000-0000-0000-000000000005';
UPDATE clients SET is_active = FALSE WHERE name = 'Third';
UPDATE clients SET client_token = SHA2('a new one', 256) WHERE name = 'Acme';
INSERT INTO clients (id, name, email, client_token) VALUES ('cccccccc-1111-4111-8111-000000000001', 'Late', 'late@late.example', SHA2('late', 256));
INSERT INTO agents (client_id, logical_agent_id, hostname) VALUES ('cccccccc-1111-4111-8111-000000000001', 'late-1', 'late');
INSERT INTO notifications (client_id, message, notification_type) VALUES ('11111111-1111-1111-1111-111111111111', 'told', 'warning');
DELETE FROM agents WHERE id = 'aaaaaaaa-0000-0000-0000-000000000009';
