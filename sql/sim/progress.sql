-- A simulated agent says how far it is with a command.
-- :param agent str
-- :param command str
-- :param fence int
-- :param word str
-- :param detail json
CALL agent_progress(:agent, :command, :fence, :word, :detail)
