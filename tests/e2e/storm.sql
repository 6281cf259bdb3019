-- A storm over the small fleet: most of acme's agents in a zone and a part of beta's in another are under notice; some
-- missed their deadline, some do not make it, some have a replica, one is rescued.
SET NAMES utf8mb4, time_zone = '+00:00', timestamp = UNIX_TIMESTAMP('2026-11-22 12:04:31');
SET @now = NOW(), @acme = '00000000-0000-4000-8000-0000000000c1', @beta = '00000000-0000-4000-8000-0000000000c2';
INSERT INTO agents (id, client_id, logical_agent_id, hostname, instance_id, instance_type, region, az, current_mode, current_pool_id,
	spot_price, ondemand_price, baseline_ondemand_price, agent_version, status, enabled, last_heartbeat_at, auto_switch_enabled,
	fastest_boot_pool_id, created_at, updated_at)
SELECT CONCAT('00000000-0000-4000-8000-0000000000b', HEX(s.seq)), IF(s.seq < 10, @acme, @beta), IF(s.seq < 10, CONCAT('api-', s.seq), CONCAT('etl-', s.seq - 9)), NULL,
	CONCAT('i-0e51bb0', HEX(s.seq)), 'r3.large', 'us-east-1', IF(s.seq < 10, 'us-east-1e', 'us-east-1a'), 'spot', IF(s.seq < 10, 'r3.large.us-east-1e', 'r3.large.us-east-1a'),
	0.0228, 0.175, 0.175, '2.4.1', 'online', TRUE, @now - INTERVAL s.seq MOD 5 SECOND, TRUE, NULL, @now - INTERVAL 30 DAY, @now
FROM seq_1_to_13 s;
SET timestamp = UNIX_TIMESTAMP('2026-11-22 09:00:00');
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, current_pool_id, spot_price, ondemand_price,
	baseline_ondemand_price, instance_status, is_primary, launch_requested_at, launch_confirmed_at, installed_at, created_at, updated_at, launch_role)
SELECT a.instance_id, a.client_id, a.id, a.instance_type, a.region, a.az, a.current_mode, a.current_pool_id, a.spot_price, 0.175, 0.175,
	'running_primary', TRUE, NOW() - INTERVAL 40 SECOND, NOW(), NOW(), NOW(), NOW(), 'primary'
FROM agents a WHERE a.logical_agent_id LIKE 'api-%' OR a.logical_agent_id LIKE 'etl-%' ORDER BY a.id;
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, current_pool_id, spot_price, ondemand_price,
	baseline_ondemand_price, instance_status, launch_requested_at, launch_confirmed_at, created_at, updated_at, launch_role)
SELECT CONCAT('i-0e51ee0', RIGHT(a.logical_agent_id, 1)), a.client_id, a.id, a.instance_type, a.region, 'us-east-1a', 'spot', 'r3.large.us-east-1a', 0.0231, 0.175, 0.175,
	'running_replica', NOW() - INTERVAL 40 SECOND, NOW(), NOW(), NOW(), 'replica'
FROM agents a WHERE a.logical_agent_id IN ('api-6', 'api-7', 'api-8') ORDER BY a.id;
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, current_pool_id, instance_status, launch_requested_at, created_at, updated_at, launch_role)
SELECT CONCAT('i-0e51cc0', RIGHT(a.logical_agent_id, 1)), a.client_id, a.id, a.instance_type, a.region, 'us-east-1e', 'spot', 'r3.large.us-east-1e', 'launching', @now - INTERVAL 12 SECOND,
	@now - INTERVAL 12 SECOND, @now - INTERVAL 12 SECOND, 'primary'
FROM agents a WHERE a.logical_agent_id IN ('api-2', 'api-4') ORDER BY a.id;
SET timestamp = UNIX_TIMESTAMP('2026-11-22 12:03:41');
UPDATE agents SET notice_status = 'termination', notice_received_at = NOW(), notice_instance_id = instance_id,
	notice_deadline = @now + INTERVAL CASE logical_agent_id WHEN 'api-1' THEN -9 WHEN 'api-2' THEN 14 ELSE 20 + RIGHT(logical_agent_id, 1) * 5 END SECOND
WHERE logical_agent_id BETWEEN 'api-1' AND 'api-8' OR logical_agent_id BETWEEN 'etl-1' AND 'etl-3' ORDER BY id;
UPDATE agents SET notice_status = 'rebalance', notice_received_at = NOW() WHERE logical_agent_id = 'etl-4';
SET timestamp = UNIX_TIMESTAMP('2026-11-22 12:04:20');
-- api-8 is rescued
UPDATE instances SET is_primary = FALSE, instance_status = 'terminating', termination_requested_at = NOW() WHERE id = 'i-0e51bb08';
UPDATE instances SET instance_status = 'promoting' WHERE id = 'i-0e51ee08';
UPDATE instances SET is_primary = TRUE, instance_status = 'running_primary' WHERE id = 'i-0e51ee08';
