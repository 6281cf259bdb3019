-- Random work on a small fleet, and the report's views as the report defines them. For the tests.
CREATE TABLE IF NOT EXISTS t_refused (seed INT, n INT);

DELIMITER //

CREATE OR REPLACE VIEW t_health AS
SELECT
    a.id AS agent_id,
    a.status,
    TIMESTAMPDIFF(SECOND, a.last_heartbeat_at, NOW()) AS seconds_since_heartbeat,
    COUNT(DISTINCT i.id) AS total_instances,
    SUM(CASE WHEN i.is_primary THEN 1 ELSE 0 END) AS primary_count,
    SUM(CASE WHEN i.instance_status = 'running_replica' THEN 1 ELSE 0 END) AS replica_count,
    SUM(CASE WHEN i.instance_status = 'zombie' THEN 1 ELSE 0 END) AS zombie_count
FROM agents a
LEFT JOIN instances i ON i.agent_id = a.id AND i.is_active = TRUE
GROUP BY a.id //

CREATE OR REPLACE VIEW t_active AS
SELECT
    i.client_id,
    i.agent_id,
    COUNT(*) AS total_active,
    SUM(CASE WHEN i.current_mode = 'spot' THEN 1 ELSE 0 END) AS spot_count,
    SUM(CASE WHEN i.current_mode = 'ondemand' THEN 1 ELSE 0 END) AS ondemand_count,
    AVG(i.spot_price) AS avg_spot_price,
    SUM(COALESCE(i.ondemand_price, 0) - COALESCE(i.spot_price, 0)) AS total_hourly_savings
FROM instances i
WHERE i.is_active = TRUE
  AND i.instance_status IN ('running_primary', 'running_replica')
GROUP BY i.client_id, i.agent_id //

-- What each client pays, from its instances one by one, as DESIGN has it: a spot instance its pool's newest price, or where
-- the pool has none what it recorded; on demand the newest of the list, or what it recorded.
CREATE OR REPLACE VIEW t_priced AS
SELECT i.client_id, i.instance_status, i.is_primary, i.current_mode, i.instance_status <> 'launching' AS costs,
	CASE i.current_mode WHEN 'spot' THEN COALESCE((SELECT p.last_price FROM spot_pools p WHERE p.id = i.current_pool_id), i.spot_price)
		WHEN 'ondemand' THEN COALESCE((SELECT o.price FROM ondemand_prices o WHERE o.instance_type = i.instance_type AND o.region = i.region
			AND o.recorded_at = (SELECT MAX(x.recorded_at) FROM ondemand_prices x WHERE x.instance_type = i.instance_type AND x.region = i.region AND x.recorded_at <= NOW())), i.ondemand_price) END AS usd,
	COALESCE((SELECT o.price FROM ondemand_prices o WHERE o.instance_type = i.instance_type AND o.region = i.region
		AND o.recorded_at = (SELECT MAX(x.recorded_at) FROM ondemand_prices x WHERE x.instance_type = i.instance_type AND x.region = i.region AND x.recorded_at <= NOW())), i.ondemand_price) AS list,
	IF(i.current_mode = 'spot', IF((SELECT p.last_price FROM spot_pools p WHERE p.id = i.current_pool_id) IS NULL, COALESCE(i.launch_confirmed_at, i.created_at),
		(SELECT p.last_price_at FROM spot_pools p WHERE p.id = i.current_pool_id)), NULL) AS priced_at
FROM instances i WHERE i.is_active //

CREATE OR REPLACE VIEW t_money AS
SELECT client_id, IF(SUM(costs) = 0, 0, SUM(IF(costs, usd, NULL))) AS cost_usd_per_hour,
	IF(SUM(is_primary AND current_mode = 'spot') = 0, 0, SUM(IF(is_primary AND current_mode = 'spot', list - usd, NULL))) AS measured_savings_usd_per_hour,
	IF(SUM(instance_status = 'zombie') = 0, 0, SUM(IF(instance_status = 'zombie', usd, NULL))) AS zombie_cost_usd_per_hour,
	IF(SUM(instance_status IN ('running_replica', 'promoting')) = 0, 0, SUM(IF(instance_status IN ('running_replica', 'promoting'), usd, NULL))) AS replica_cost_usd_per_hour,
	SUM(costs AND usd IS NULL) AS unpriced_count, SUM(is_primary AND current_mode = 'spot' AND list - usd IS NULL) AS unmeasured_count,
	MIN(IF(costs AND usd IS NOT NULL, priced_at, NULL)) AS priced_at
FROM t_priced GROUP BY client_id //

-- How many rows differ between the report's definition and the view, and between the counts kept
-- and a recount of each share; 0 0 0 when all is well.
CREATE OR REPLACE PROCEDURE t_compare()
BEGIN
	SELECT
		(SELECT COUNT(*) FROM (SELECT * FROM (SELECT 1 AS side, t.* FROM t_health t UNION ALL SELECT 2, v.* FROM v_agent_health_summary v) u
			GROUP BY agent_id, status, seconds_since_heartbeat, total_instances, primary_count, replica_count, zombie_count HAVING COUNT(*) <> 2) d) AS health,
		(SELECT COUNT(*) FROM (SELECT * FROM (SELECT 1 AS side, t.* FROM t_active t UNION ALL SELECT 2, v.client_id, v.agent_id, v.total_active, v.spot_count, v.ondemand_count, v.avg_spot_price, v.total_hourly_savings FROM v_active_instances_summary v) u
			GROUP BY client_id, agent_id, total_active, spot_count, ondemand_count, avg_spot_price, total_hourly_savings HAVING COUNT(*) <> 2) d) AS active,
		(SELECT COUNT(*) FROM (
			SELECT client_id, SUM(total_instances) n1, SUM(zombie_count) z1, SUM(launching_count) l1, SUM(terminating_count) t1, SUM(promoting_count) p1, SUM(primary_count) r1
			FROM v_instance_shares GROUP BY client_id) s LEFT JOIN v_client_totals t ON t.client_id = s.client_id
			WHERE n1 <> COALESCE(t.total_instances, 0) OR z1 <> COALESCE(t.zombie_count, 0) OR l1 <> COALESCE(t.launching_count, 0)
				OR t1 <> COALESCE(t.terminating_count, 0) OR p1 <> COALESCE(t.promoting_count, 0) OR r1 <> COALESCE(t.primary_count, 0))
		+ (SELECT COUNT(*) FROM (SELECT * FROM (SELECT 1 AS side, t.* FROM t_money t UNION ALL SELECT 2, v.client_id, v.cost_usd_per_hour, v.measured_savings_usd_per_hour, v.zombie_cost_usd_per_hour, v.replica_cost_usd_per_hour, v.unpriced_count, v.unmeasured_count, v.priced_at FROM v_client_money v) u
			GROUP BY client_id, cost_usd_per_hour, measured_savings_usd_per_hour, zombie_cost_usd_per_hour, replica_cost_usd_per_hour, unpriced_count, unmeasured_count, priced_at
			HAVING COUNT(*) <> 2 AND NOT (cost_usd_per_hour <=> 0 AND unpriced_count = 0)) d)
		+ (SELECT COUNT(*) FROM v_client_totals t LEFT JOIN (SELECT client_id, COUNT(*) AS n, SUM(enabled) AS e FROM agents GROUP BY client_id) a ON a.client_id = t.client_id
			WHERE t.agent_count <> COALESCE(a.n, 0) OR t.enabled_count <> COALESCE(a.e, 0))
		+ (SELECT COUNT(*) FROM (SELECT client_id FROM (SELECT client_id, pool_id, current_mode, instance_type, region, total_instances AS n, zombie_count AS z, primary_count AS p FROM spotop_pool_counts
			UNION ALL SELECT client_id, pool_id, current_mode, instance_type, region, -total_instances, -zombie_count, -primary_count FROM v_instance_shares) u
			GROUP BY client_id, pool_id, current_mode, instance_type, region HAVING SUM(n) <> 0 OR SUM(z) <> 0 OR SUM(p) <> 0) v) AS totals,
		(SELECT COUNT(*) FROM spotop_agent_counts c LEFT JOIN agents a ON a.id = c.agent_id
			WHERE c.agent_id <> '00000000-0000-0000-0000-000000000000' AND (a.id IS NULL OR a.enabled <> c.is_enabled)) AS strays;
END //

-- 3 clients, 12 agents, 2 pools.
CREATE OR REPLACE PROCEDURE t_fleet()
BEGIN
	DECLARE v INT DEFAULT 0;
	INSERT IGNORE INTO spot_pools (id, instance_type, region, az) VALUES ('r3.large.us-east-1a', 'r3.large', 'us-east-1', 'us-east-1a'), ('r3.large.us-east-1b', 'r3.large', 'us-east-1', 'us-east-1b');
	-- One pool has a price and one has none; the list has an older and a newer one, and one to come.
	UPDATE spot_pools SET last_price = 0.0313, last_price_at = NOW() - INTERVAL 90 SECOND WHERE id = 'r3.large.us-east-1a';
	INSERT IGNORE INTO ondemand_prices (instance_type, region, price, recorded_at) VALUES ('r3.large', 'us-east-1', 0.18, NOW() - INTERVAL 40 DAY),
		('r3.large', 'us-east-1', 0.175, NOW() - INTERVAL 2 DAY), ('r3.large', 'us-east-1', 0.16, NOW() + INTERVAL 20 DAY);
	WHILE v < 3 DO
		INSERT INTO clients (name, email, client_token) VALUES (CONCAT('client-', v), CONCAT(UUID(), '@example.org'), SHA2(UUID(), 256));
		SET v = v + 1;
	END WHILE;
	WHILE v < 15 DO
		INSERT INTO agents (client_id, logical_agent_id, metadata) SELECT id, CONCAT('agent-', v), JSON_OBJECT('login', SUBSTRING_INDEX(USER(), '@', 1)) FROM clients ORDER BY RAND(v) LIMIT 1;
		SET v = v + 1;
	END WHILE;
END //

-- p_n random statements, each alone or in a transaction that is kept or rolled back. What the rules
-- refuse is passed over: the point is what remains. A seed makes the same run again (one session).
CREATE OR REPLACE PROCEDURE t_work(p_seed INT, p_n INT, p_deletes BOOLEAN)
BEGIN
	DECLARE v_what, v_k INT;
	DECLARE v_id VARCHAR(20) CHARSET ascii COLLATE ascii_bin;
	DECLARE v_agent, v_client UUID;
	DECLARE v_status VARCHAR(20);
	DECLARE v_refused INT DEFAULT 0;
	DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
	DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET v_refused = v_refused + 1;
	DO RAND(p_seed);
	SET @r = p_seed;
	WHILE p_n > 0 DO
		SET @r = (@r * 1103515245 + 12345) MOD 2147483648;
		SET v_what = FLOOR(@r / 65536) MOD 100;
		SET @r = (@r * 1103515245 + 12345) MOD 2147483648;
		SET v_k = FLOOR(@r / 65536) MOD 30000;
		SET v_id = NULL, v_agent = NULL, v_client = NULL;
		IF v_k MOD 3 = 0 THEN START TRANSACTION; END IF;
		SELECT id INTO v_id FROM instances WHERE id >= CONCAT('i-', MD5(v_k)) ORDER BY id LIMIT 1;
		SELECT id, client_id INTO v_agent, v_client FROM agents ORDER BY CRC32(CONCAT(id, v_k)) LIMIT 1;
		SET v_status = ELT(1 + v_k MOD 7, 'launching', 'running_primary', 'running_replica', 'promoting', 'terminating', 'terminated', 'zombie');
		IF v_what < 25 THEN
			INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_pool_id, current_mode, spot_price, ondemand_price, is_active, instance_status, is_primary)
			VALUES (CONCAT('i-', LEFT(MD5(CONCAT(p_seed, ':', p_n, ':', v_k)), 17)), v_client, IF(v_k MOD 5 = 0, NULL, v_agent), 'r3.large', 'us-east-1', 'us-east-1a', ELT(1 + v_k MOD 4, 'r3.large.us-east-1a', 'r3.large.us-east-1b', 'r3.large.us-east-1a'),
				ELT(1 + v_k MOD 3, 'spot', 'ondemand', 'unknown'), IF(v_k MOD 4 = 0, NULL, v_k / 100000), IF(v_k MOD 11 = 0, NULL, v_k / 30000), v_k MOD 13 <> 0,
				v_status, v_status = 'running_primary' AND v_k MOD 2 = 0);
		ELSEIF v_what < 55 THEN
			UPDATE instances SET instance_status = v_status, is_primary = (v_status IN ('running_primary', 'promoting') AND v_k MOD 2 = 0) WHERE id = v_id;
		ELSEIF v_what < 65 THEN
			UPDATE instances SET spot_price = IF(v_k MOD 5 = 0, NULL, v_k / 90000), current_mode = ELT(1 + v_k MOD 3, 'spot', 'ondemand', 'unknown'),
				current_pool_id = ELT(1 + v_k MOD 4, 'r3.large.us-east-1a', 'r3.large.us-east-1b', current_pool_id) WHERE id = v_id;
		ELSEIF v_what < 70 THEN
			UPDATE instances SET agent_id = IF(v_k MOD 4 = 0, NULL, v_agent) WHERE id = v_id;
		ELSEIF v_what < 75 THEN
			UPDATE instances SET is_active = NOT is_active WHERE agent_id = v_agent;
		ELSEIF v_what < 80 THEN
			UPDATE instances SET ondemand_price = v_k / 20000, is_primary = FALSE WHERE client_id = v_client AND instance_status <> 'terminated';
		ELSEIF v_what < 81 THEN
			UPDATE spot_pools SET last_price = IF(v_k MOD 9 = 0, NULL, 0.01 + v_k / 1000000), last_price_at = NOW() - INTERVAL v_k MOD 600 SECOND ORDER BY CRC32(CONCAT(id, v_k)) LIMIT 1;
		ELSEIF v_what < 82 THEN
			UPDATE instances SET instance_type = ELT(1 + v_k MOD 2, 'r3.large', 'x9.huge') WHERE id = v_id;
		ELSEIF v_what < 86 THEN
			UPDATE agents SET enabled = NOT enabled, last_heartbeat_at = NOW() - INTERVAL v_k SECOND WHERE id = v_agent;
		ELSEIF v_what < 94 THEN
			DELETE FROM instances WHERE id >= v_id ORDER BY id LIMIT 3;
		ELSEIF v_what < 98 AND p_deletes THEN
			DELETE FROM agents WHERE id = v_agent;
			INSERT INTO agents (client_id, logical_agent_id, metadata) SELECT id, CONCAT('agent-', p_seed, '-', p_n), JSON_OBJECT('login', SUBSTRING_INDEX(USER(), '@', 1)) FROM clients ORDER BY id LIMIT 1;
		ELSEIF v_what = 99 AND p_deletes AND (SELECT COUNT(*) FROM clients) > 2 THEN
			DELETE FROM clients WHERE id = v_client;
		ELSE
			CALL promote_instance_to_primary(v_id, NULL);
		END IF;
		IF v_k MOD 3 = 0 THEN
			IF v_k MOD 2 = 0 THEN ROLLBACK; ELSE COMMIT; END IF;
		END IF;
		SET p_n = p_n - 1;
	END WHILE;
	INSERT INTO t_refused VALUES (p_seed, v_refused);
END //

DELIMITER ;
