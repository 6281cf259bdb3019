-- A simulated box runs.
-- :param instance str
CALL instance_running(:instance)
