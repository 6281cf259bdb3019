-- A new alert.
-- :param key str
-- :param kind str
-- :param severity str
-- :param client str
-- :param agent str
-- :param instance str
-- :param pool str
-- :param message str
-- :param evidence json
INSERT INTO alerts (alert_key, kind, severity, client_id, agent_id, instance_id, pool_id, message, evidence)
VALUES (:key, :kind, :severity, :client, :agent, :instance, :pool, :message, :evidence)
