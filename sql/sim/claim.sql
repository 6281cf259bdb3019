-- A simulated agent fetches its next command.
-- :param agent str
CALL agent_claim(:agent, 60)
