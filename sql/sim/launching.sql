-- A simulated agent launches an instance.
-- :param agent str
-- :param instance str
-- :param pool str
-- :param mode str
-- :param word str
-- :param command str
CALL instance_launching(:agent, :instance, :pool, :mode, :word, :command)
