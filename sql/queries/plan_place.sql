-- Whether a word names a pool or a zone.
-- :param word str
SELECT EXISTS (SELECT 1 FROM spot_pools WHERE id = :word) AS is_pool, EXISTS (SELECT 1 FROM spot_pools WHERE az = :word) OR EXISTS (SELECT 1 FROM agents WHERE az = :word) AS is_zone
