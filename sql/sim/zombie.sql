-- A simulated instance was replaced and lives on.
-- :param instance str
CALL instance_zombie(:instance)
