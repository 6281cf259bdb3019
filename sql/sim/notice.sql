-- An interruption notice reaches a simulated agent, or is over.
-- :param agent str
-- :param word str
-- :param seconds int
CALL agent_notice(:agent, :word, IF(:seconds IS NULL, NULL, NOW() + INTERVAL :seconds SECOND))
