-- A simulated agent says how it is.
-- :param agent str
-- :param word str
CALL agent_heartbeat(:agent, :word, NULL)
