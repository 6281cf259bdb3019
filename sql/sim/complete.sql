-- A simulated agent has carried out a command.
-- :param agent str
-- :param command str
-- :param fence int
-- :param detail json
CALL agent_complete(:agent, :command, :fence, :detail)
