-- The switches that came of the commands of agents number :from to :to.
-- :param from int
-- :param to int
-- :param seed int
INSERT INTO switches (client_id, agent_id, command_id, old_instance_type, old_region, old_az, old_mode, new_instance_type, new_region, new_az, new_mode, new_pool_id,
	on_demand_price, old_spot_price, new_spot_price, savings_impact, event_trigger, trigger_type, downtime_seconds, switched_at, success, error_message, initiated_at, boot_seconds)
SELECT m.client_id, m.agent_id, m.id, p.instance_type, p.region, p.az, 'ondemand', p.instance_type, p.region, p.az, 'spot', p.id, a.ondemand_price, NULL, a.spot_price,
	IF(m.success, a.ondemand_price - a.spot_price, NULL), 'ml', 'ml_model', IF(m.success, 6 + s.seq MOD 9, NULL), m.completed_at, m.success, m.message, m.created_at, 25 + s.seq MOD 40
FROM seq_1_to_1000000 s JOIN seq_1_to_2 k
JOIN commands m ON m.id = CAST(INSERT(INSERT(MD5(CONCAT('c', :seed, ':', s.seq, ':', k.seq)), 13, 1, '4'), 17, 1, '8') AS UUID)
JOIN agents a ON a.id = m.agent_id
JOIN spot_pools p ON p.id = m.target_pool_id
WHERE s.seq BETWEEN :from AND :to
