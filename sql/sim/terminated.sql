-- A simulated box is gone.
-- :param instance str
CALL instance_terminated(:instance)
