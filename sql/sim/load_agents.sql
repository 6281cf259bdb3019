-- Agents number :from to :to of a large fleet: names, pools and toggles follow from the number.
-- :param from int
-- :param to int
-- :param seed int
INSERT INTO agents (id, client_id, logical_agent_id, instance_id, instance_type, region, az, current_mode, current_pool_id, spot_price, ondemand_price,
	baseline_ondemand_price, agent_version, status, last_heartbeat_at, auto_switch_enabled, created_at, metadata)
SELECT INSERT(INSERT(MD5(CONCAT('a', :seed, ':', s.seq)), 13, 1, '4'), 17, 1, '8'), c.id, CONCAT('agent-', LPAD(s.seq, 6, '0')),
	CONCAT('i-0', LEFT(MD5(CONCAT('b', :seed, ':', s.seq, ':0')), 16)), p.instance_type, p.region, p.az, 'spot', p.id, p.last_price, o.price, o.price,
	'4.2.1', 'online', NOW() - INTERVAL s.seq MOD 25 SECOND, s.seq MOD 9 <> 0, NOW() - INTERVAL 20 + s.seq MOD 60 DAY, JSON_OBJECT('simulated', TRUE, 'login', SUBSTRING_INDEX(USER(), '@', 1))
FROM seq_1_to_1000000 s
JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY name) - 1 AS n, COUNT(*) OVER () AS of FROM clients) c ON c.n = s.seq MOD c.of
JOIN (SELECT id, instance_type, region, az, last_price, ROW_NUMBER() OVER (ORDER BY id) - 1 AS n, COUNT(*) OVER () AS of FROM spot_pools) p ON p.n = s.seq DIV 7 MOD p.of
JOIN ondemand_prices o ON o.instance_type = p.instance_type AND o.region = p.region
WHERE s.seq BETWEEN :from AND :to
