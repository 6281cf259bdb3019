-- The requests behind the replicas and zombies of agents number :from to :to.
-- :param from int
-- :param to int
-- :param seed int
INSERT INTO replica_instances (client_id, agent_id, cloud_instance_id, instance_type, region, az, mode, pool_id, status, launch_requested_at, launch_completed_at, terminated_at)
SELECT i.client_id, i.agent_id, i.id, i.instance_type, i.region, i.az, 'spot', i.current_pool_id, IF(i.is_active, 'running', 'terminated'),
	i.launch_requested_at, i.launch_confirmed_at, i.terminated_at
FROM seq_1_to_1000000 s
JOIN instances i ON i.id = CONVERT(CONCAT('i-0', LEFT(MD5(CONCAT('b', :seed, ':', s.seq, ':1')), 16)) USING ascii) COLLATE ascii_bin
WHERE s.seq BETWEEN :from AND :to
