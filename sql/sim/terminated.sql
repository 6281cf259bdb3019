-- A simulated instance is gone.
-- :param instance str
CALL instance_terminated(:instance)
