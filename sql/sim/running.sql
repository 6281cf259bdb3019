-- A simulated instance runs.
-- :param instance str
CALL instance_running(:instance)
