-- A simulated agent could not carry out a command.
-- :param agent str
-- :param command str
-- :param fence int
-- :param word str
-- :param detail json
CALL agent_fail(:agent, :command, :fence, :word, :detail)
