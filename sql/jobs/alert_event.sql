-- The log's line of an alert.
-- :param type str
-- :param severity str
-- :param message str
-- :param client str
-- :param agent str
-- :param instance str
-- :param key str
INSERT INTO system_events (event_type, severity, message, client_id, agent_id, instance_id, metadata)
VALUES (:type, :severity, :message, :client, :agent, :instance, JSON_OBJECT('alert_key', :key))
