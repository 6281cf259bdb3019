-- One day of 1,000,000 prices, forty days ago, in 7.0 and in 6.0.
CALL bulk_begin();
CALL partitions_ensure('spot_price_snapshots', DATE(NOW()) - INTERVAL 40 DAY, DATE(NOW()) - INTERVAL 40 DAY);
INSERT INTO spot_price_snapshots (pool_id, price, observed_at, source_instance_role, created_at)
SELECT CONCAT('m5.large.us-east-1-', seq MOD 200), 0.02 + (seq * 7 MOD 1000) / 100000, DATE(NOW()) - INTERVAL 40 DAY + INTERVAL seq * 86 DIV 1000 SECOND, 'primary',
	DATE(NOW()) - INTERVAL 40 DAY + INTERVAL seq * 86 DIV 1000 SECOND
FROM seq_0_to_999999;
CALL bulk_end();
INSERT INTO v60.spot_price_snapshots (id, agent_id, pool_id, price, observed_at, source_instance_role, created_at)
SELECT id, agent_id, pool_id, price, observed_at, source_instance_role, created_at FROM spot_price_snapshots WHERE observed_at < DATE(NOW()) - INTERVAL 30 DAY;
