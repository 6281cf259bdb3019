-- The client's people are told.
-- :param client str
-- :param message str
-- :param kind str
INSERT INTO notifications (client_id, message, notification_type) VALUES (:client, :message, :kind)
