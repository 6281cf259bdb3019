-- Makes a pool that is not there yet.
-- :param id str
-- :param type str
-- :param region str
-- :param az str
INSERT INTO spot_pools (id, pool_name, instance_type, region, az)
SELECT p.id, CONCAT(p.type, ' ', p.az), p.type, p.region, p.az
FROM (SELECT :id AS id, :type AS type, :region AS region, :az AS az) AS p
WHERE NOT EXISTS (SELECT 1 FROM spot_pools WHERE spot_pools.id = :id)
ON DUPLICATE KEY UPDATE spot_pools.id = spot_pools.id
