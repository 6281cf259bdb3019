-- A simulated box is being terminated.
-- :param instance str
CALL instance_terminating(:instance)
