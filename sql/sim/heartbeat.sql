-- Simulated agents send heartbeats, as a gateway would tell it for them; rows are those with commands waiting.
-- :param agents json
CALL agents_heartbeat(:agents)
