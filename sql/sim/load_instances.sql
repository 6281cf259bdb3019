-- The instances of agents number :from to :to: instance 0 is the primary, instance 1 of every fifth agent a replica, of every hundredth a zombie, the others are gone.
-- :param from int
-- :param to int
-- :param seed int
-- :param per_agent int
INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, current_pool_id, spot_price, ondemand_price, baseline_ondemand_price,
	is_active, instance_status, is_primary, installed_at, launch_requested_at, launch_confirmed_at, termination_requested_at, termination_confirmed_at,
	terminated_at, created_at, launch_role)
SELECT x.id, x.client_id, x.agent_id, x.instance_type, x.region, x.az, 'spot', x.current_pool_id, x.spot_price, x.ondemand_price, x.ondemand_price,
	x.status <> 'terminated', x.status, x.k = 0, x.at + INTERVAL 40 SECOND, x.at, x.at + INTERVAL 20 + x.n MOD 50 SECOND,
	IF(x.status = 'terminated', x.at + INTERVAL 20 HOUR, NULL), IF(x.status = 'terminated', x.at + INTERVAL 72030 SECOND, NULL),
	IF(x.status = 'terminated', x.at + INTERVAL 72030 SECOND, NULL), x.at, IF(x.k = 0, 'primary', 'replica')
FROM (SELECT CONCAT('i-0', LEFT(MD5(CONCAT('b', :seed, ':', s.seq, ':', k.seq)), 16)) AS id, a.client_id, a.id AS agent_id, a.instance_type, a.region, a.az,
		a.current_pool_id, a.spot_price, a.ondemand_price, k.seq AS k, s.seq AS n, NOW() - INTERVAL 24 * k.seq + 3 + s.seq MOD 17 HOUR AS at,
		CASE WHEN k.seq = 0 THEN 'running_primary' WHEN k.seq = 1 AND s.seq MOD 5 = 0 THEN 'running_replica'
			WHEN k.seq = 1 AND s.seq MOD 100 = 1 THEN 'zombie' ELSE 'terminated' END AS status
	FROM seq_1_to_1000000 s JOIN seq_0_to_99 k ON k.seq < :per_agent
	JOIN agents a ON a.id = CAST(INSERT(INSERT(MD5(CONCAT('a', :seed, ':', s.seq)), 13, 1, '4'), 17, 1, '8') AS UUID)
	WHERE s.seq BETWEEN :from AND :to) x
