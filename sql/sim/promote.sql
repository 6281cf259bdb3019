-- A simulated replica becomes the primary.
-- :param instance str
CALL promote_instance_to_primary(:instance, NULL)
