-- A simulated instance is being terminated.
-- :param instance str
CALL instance_terminating(:instance)
