-- The stream event of an instance's new state, of a trigger of instances (17-events.sql says what is in it); was: the state before.
INSERT INTO sse_events (client_id, event_type, event_data, expires_at)
VALUES (NEW.client_id, CASE NEW.instance_status WHEN 'launching' THEN 'INSTANCE_LAUNCHING' WHEN 'terminating' THEN 'INSTANCE_TERMINATING'
		WHEN 'terminated' THEN 'INSTANCE_TERMINATED' ELSE 'INSTANCE_RUNNING' END,
	JSON_OBJECT('instance_id', NEW.id, 'agent_id', NEW.agent_id, 'status', NEW.instance_status, 'was', {{was}},
		'is_primary', JSON_COMPACT(IF(NEW.is_primary, 'true', 'false')), 'mode', NEW.current_mode, 'pool_id', NEW.current_pool_id, 'az', NEW.az,
		'instance_type', NEW.instance_type, 'spot_price', NEW.spot_price + 0.0, 'version', NEW.version + 0,
		'at', CONCAT(LEFT(DATE_FORMAT(UTC_TIMESTAMP(3), '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')),
	FROM_UNIXTIME(UNIX_TIMESTAMP() + 3600))
