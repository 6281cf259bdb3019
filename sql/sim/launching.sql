-- A simulated agent launches a box.
-- :param agent str
-- :param instance str
-- :param pool str
-- :param mode str
-- :param word str
-- :param command str
CALL instance_launching(:agent, :instance, :pool, :mode, :word, :command)
