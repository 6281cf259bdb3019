-- instance_counts: how one instance adds to it, and the repair.
--
-- Order of locks in a writer: the agent's row, its commands by their keys, pools in the order of theirs, this connection's share
-- where an instance becomes a primary or ends as one, the instance, its agent's counts, a share of its client's, one of its
-- pool's. Single-row writers without a procedure begin at the instance. A transaction that changes several
-- instances should lock their agents first, in key order, and try again after error 1213 or 1020.
DELIMITER //

-- One instance moves from what it was (o_) to what it is (n_): the differences go to the row of its
-- agent (or of "no agent") and to one share of its client. A new instance was not active before, a
-- deleted one is not active after. Both rows in one statement: half the cost of two.
CREATE OR REPLACE PROCEDURE instance_counts_move(p_client UUID, p_agent UUID,
	n_active BOOLEAN, n_primary BOOLEAN, n_status VARCHAR(20) CHARSET ascii, n_mode VARCHAR(10) CHARSET ascii,
	n_spot DECIMAL(10,6), n_ondemand DECIMAL(10,6),
	o_active BOOLEAN, o_primary BOOLEAN, o_status VARCHAR(20) CHARSET ascii, o_mode VARCHAR(10) CHARSET ascii,
	o_spot DECIMAL(10,6), o_ondemand DECIMAL(10,6))
MODIFIES SQL DATA
BEGIN
	DECLARE n_runs BOOLEAN DEFAULT n_active AND n_status IN ('running_primary', 'running_replica');
	DECLARE o_runs BOOLEAN DEFAULT o_active AND o_status IN ('running_primary', 'running_replica');
	DECLARE n_costs BOOLEAN DEFAULT n_active AND n_status NOT IN ('launching', 'terminated');
	DECLARE o_costs BOOLEAN DEFAULT o_active AND o_status NOT IN ('launching', 'terminated');
	DECLARE n_spares BOOLEAN DEFAULT n_active AND NOT n_primary AND n_status IN ('running_replica', 'promoting');
	DECLARE o_spares BOOLEAN DEFAULT o_active AND NOT o_primary AND o_status IN ('running_replica', 'promoting');
	DECLARE n_zombie BOOLEAN DEFAULT n_active AND n_status = 'zombie';
	DECLARE o_zombie BOOLEAN DEFAULT o_active AND o_status = 'zombie';
	DECLARE n_price DECIMAL(10,6) DEFAULT CASE n_mode WHEN 'spot' THEN n_spot WHEN 'ondemand' THEN n_ondemand END;
	DECLARE o_price DECIMAL(10,6) DEFAULT CASE o_mode WHEN 'spot' THEN o_spot WHEN 'ondemand' THEN o_ondemand END;
	-- what a primary in spot mode saves; NULL: not measured
	DECLARE n_saves DECIMAL(10,6) DEFAULT IF(n_active AND n_primary AND n_mode = 'spot', n_ondemand - n_spot, NULL);
	DECLARE o_saves DECIMAL(10,6) DEFAULT IF(o_active AND o_primary AND o_mode = 'spot', o_ondemand - o_spot, NULL);
	DECLARE d_primary, d_replica, d_zombie, d_launching, d_terminating, d_promoting, d_runs, d_spot, d_ondemand, d_spot_n, d_measured_n, d_unpriced INT;
	DECLARE d_spot_sum, d_savings, d_measured, d_cost, d_zombie_cost, d_replica_cost DECIMAL(18,6);
	SET d_primary = (n_active AND n_primary) - (o_active AND o_primary),
		d_replica = (n_active AND n_status = 'running_replica') - (o_active AND o_status = 'running_replica'),
		d_zombie = n_zombie - o_zombie,
		d_launching = (n_active AND n_status = 'launching') - (o_active AND o_status = 'launching'),
		d_terminating = (n_active AND n_status = 'terminating') - (o_active AND o_status = 'terminating'),
		d_promoting = (n_active AND n_status = 'promoting') - (o_active AND o_status = 'promoting'),
		d_runs = n_runs - o_runs,
		d_spot = (n_runs AND n_mode = 'spot') - (o_runs AND o_mode = 'spot'),
		d_ondemand = (n_runs AND n_mode = 'ondemand') - (o_runs AND o_mode = 'ondemand'),
		d_spot_n = (n_runs AND n_spot IS NOT NULL) - (o_runs AND o_spot IS NOT NULL),
		d_spot_sum = IF(n_runs, COALESCE(n_spot, 0), 0) - IF(o_runs, COALESCE(o_spot, 0), 0),
		d_savings = IF(n_runs, COALESCE(n_ondemand, 0) - COALESCE(n_spot, 0), 0) - IF(o_runs, COALESCE(o_ondemand, 0) - COALESCE(o_spot, 0), 0),
		d_measured = COALESCE(n_saves, 0) - COALESCE(o_saves, 0),
		d_measured_n = (n_saves IS NOT NULL) - (o_saves IS NOT NULL),
		d_cost = IF(n_costs, COALESCE(n_price, 0), 0) - IF(o_costs, COALESCE(o_price, 0), 0),
		d_zombie_cost = IF(n_zombie, COALESCE(n_price, 0), 0) - IF(o_zombie, COALESCE(o_price, 0), 0),
		d_replica_cost = IF(n_spares, COALESCE(n_price, 0), 0) - IF(o_spares, COALESCE(o_price, 0), 0),
		d_unpriced = (n_costs AND n_price IS NULL) - (o_costs AND o_price IS NULL);
	INSERT INTO instance_counts (client_id, agent_id, slot, total_instances, primary_count, replica_count, zombie_count,
		launching_count, terminating_count, promoting_count, active_running, spot_count, ondemand_count, spot_price_n,
		spot_price_sum, savings_sum, measured_savings_usd_per_hour, measured_savings_n, cost_usd_per_hour,
		zombie_cost_usd_per_hour, replica_cost_usd_per_hour, unpriced_count)
	VALUES (p_client, COALESCE(p_agent, '00000000-0000-0000-0000-000000000000'), 0, n_active - o_active, d_primary, d_replica, d_zombie,
		d_launching, d_terminating, d_promoting, d_runs, d_spot, d_ondemand, d_spot_n, d_spot_sum, d_savings, d_measured, d_measured_n,
		d_cost, d_zombie_cost, d_replica_cost, d_unpriced),
		(p_client, '00000000-0000-0000-0000-000000000000', 1 + CONNECTION_ID() MOD 16, n_active - o_active, d_primary, d_replica, d_zombie,
		d_launching, d_terminating, d_promoting, d_runs, d_spot, d_ondemand, d_spot_n, d_spot_sum, d_savings, d_measured, d_measured_n,
		d_cost, d_zombie_cost, d_replica_cost, d_unpriced)
	ON DUPLICATE KEY UPDATE total_instances = total_instances + VALUES(total_instances), primary_count = primary_count + VALUES(primary_count),
		replica_count = replica_count + VALUES(replica_count), zombie_count = zombie_count + VALUES(zombie_count),
		launching_count = launching_count + VALUES(launching_count), terminating_count = terminating_count + VALUES(terminating_count),
		promoting_count = promoting_count + VALUES(promoting_count), active_running = active_running + VALUES(active_running),
		spot_count = spot_count + VALUES(spot_count), ondemand_count = ondemand_count + VALUES(ondemand_count),
		spot_price_n = spot_price_n + VALUES(spot_price_n), spot_price_sum = spot_price_sum + VALUES(spot_price_sum),
		savings_sum = savings_sum + VALUES(savings_sum),
		measured_savings_usd_per_hour = measured_savings_usd_per_hour + VALUES(measured_savings_usd_per_hour),
		measured_savings_n = measured_savings_n + VALUES(measured_savings_n), cost_usd_per_hour = cost_usd_per_hour + VALUES(cost_usd_per_hour),
		zombie_cost_usd_per_hour = zombie_cost_usd_per_hour + VALUES(zombie_cost_usd_per_hour),
		replica_cost_usd_per_hour = replica_cost_usd_per_hour + VALUES(replica_cost_usd_per_hour),
		unpriced_count = unpriced_count + VALUES(unpriced_count);
END //

-- Takes this connection's share of a client before an instance becomes a primary or is none any more. The index of
-- primaries is searched up to the next agent's entry, and whoever holds that one must not wait for the share of who searches.
CREATE OR REPLACE PROCEDURE instance_counts_lock(p_client UUID)
MODIFIES SQL DATA
INSERT INTO instance_counts (client_id, slot) VALUES (p_client, 1 + CONNECTION_ID() MOD 16)
ON DUPLICATE KEY UPDATE total_instances = total_instances //

-- So many active instances of a client come to a pool or leave it; last of the locks of a writer.
CREATE OR REPLACE PROCEDURE pool_counts_move(p_client UUID, p_pool VARCHAR(100) CHARSET ascii, p_by INT)
MODIFIES SQL DATA
INSERT INTO instance_counts (client_id, agent_id, slot, total_instances) VALUES (p_client, CAST(INSERT(INSERT(MD5(p_pool), 13, 1, '4'), 17, 1, '8') AS UUID), 17 + CONNECTION_ID() MOD 16, p_by)
ON DUPLICATE KEY UPDATE total_instances = total_instances + VALUES(total_instances) //

-- The same for an active instance of which only prices change, by so much; both known before and after.
CREATE OR REPLACE PROCEDURE instance_counts_reprice(p_client UUID, p_agent UUID, p_primary BOOLEAN,
	p_status VARCHAR(20) CHARSET ascii, p_mode VARCHAR(10) CHARSET ascii, d_spot DECIMAL(10,6), d_ondemand DECIMAL(10,6))
MODIFIES SQL DATA
BEGIN
	DECLARE v_runs BOOLEAN DEFAULT p_status IN ('running_primary', 'running_replica');
	DECLARE d_cost DECIMAL(10,6) DEFAULT CASE WHEN p_status IN ('launching', 'terminated') THEN 0 WHEN p_mode = 'spot' THEN d_spot WHEN p_mode = 'ondemand' THEN d_ondemand ELSE 0 END;
	DECLARE d_saved DECIMAL(10,6) DEFAULT d_ondemand - d_spot;
	INSERT INTO instance_counts (client_id, agent_id, slot, spot_price_sum, savings_sum, measured_savings_usd_per_hour,
		cost_usd_per_hour, zombie_cost_usd_per_hour, replica_cost_usd_per_hour)
	VALUES (p_client, COALESCE(p_agent, '00000000-0000-0000-0000-000000000000'), 0,
		v_runs * d_spot, v_runs * d_saved, (p_primary AND p_mode = 'spot') * d_saved, d_cost, (p_status = 'zombie') * d_cost,
		(NOT p_primary AND p_status IN ('running_replica', 'promoting')) * d_cost),
		(p_client, '00000000-0000-0000-0000-000000000000', 1 + CONNECTION_ID() MOD 16,
		v_runs * d_spot, v_runs * d_saved, (p_primary AND p_mode = 'spot') * d_saved, d_cost, (p_status = 'zombie') * d_cost,
		(NOT p_primary AND p_status IN ('running_replica', 'promoting')) * d_cost)
	ON DUPLICATE KEY UPDATE spot_price_sum = spot_price_sum + VALUES(spot_price_sum), savings_sum = savings_sum + VALUES(savings_sum),
		measured_savings_usd_per_hour = measured_savings_usd_per_hour + VALUES(measured_savings_usd_per_hour),
		cost_usd_per_hour = cost_usd_per_hour + VALUES(cost_usd_per_hour),
		zombie_cost_usd_per_hour = zombie_cost_usd_per_hour + VALUES(zombie_cost_usd_per_hour),
		replica_cost_usd_per_hour = replica_cost_usd_per_hour + VALUES(replica_cost_usd_per_hour);
END //

DELIMITER ;

-- What one instance adds to each count: the one definition, read by the recount and by `db verify`;
-- instance_counts_move says the same of two states (a test holds them together).
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_instance_shares AS
SELECT i.id, i.client_id, COALESCE(i.agent_id, '00000000-0000-0000-0000-000000000000') AS agent_id,
	i.is_active AS total_instances,
	i.is_active AND i.is_primary AS primary_count,
	i.is_active AND i.instance_status = 'running_replica' AS replica_count,
	i.is_active AND i.instance_status = 'zombie' AS zombie_count,
	i.is_active AND i.instance_status = 'launching' AS launching_count,
	i.is_active AND i.instance_status = 'terminating' AS terminating_count,
	i.is_active AND i.instance_status = 'promoting' AS promoting_count,
	i.is_active AND i.instance_status IN ('running_primary', 'running_replica') AS active_running,
	i.is_active AND i.instance_status IN ('running_primary', 'running_replica') AND i.current_mode = 'spot' AS spot_count,
	i.is_active AND i.instance_status IN ('running_primary', 'running_replica') AND i.current_mode = 'ondemand' AS ondemand_count,
	i.is_active AND i.instance_status IN ('running_primary', 'running_replica') AND i.spot_price IS NOT NULL AS spot_price_n,
	IF(i.is_active AND i.instance_status IN ('running_primary', 'running_replica'), COALESCE(i.spot_price, 0), 0) AS spot_price_sum,
	IF(i.is_active AND i.instance_status IN ('running_primary', 'running_replica'), COALESCE(i.ondemand_price, 0) - COALESCE(i.spot_price, 0), 0) AS savings_sum,
	IF(i.is_active AND i.is_primary AND i.current_mode = 'spot', COALESCE(i.ondemand_price - i.spot_price, 0), 0) AS measured_savings_usd_per_hour,
	i.is_active AND i.is_primary AND i.current_mode = 'spot' AND i.ondemand_price - i.spot_price IS NOT NULL AS measured_savings_n,
	IF(i.is_active AND i.instance_status NOT IN ('launching', 'terminated'), COALESCE(CASE i.current_mode WHEN 'spot' THEN i.spot_price WHEN 'ondemand' THEN i.ondemand_price END, 0), 0) AS cost_usd_per_hour,
	IF(i.is_active AND i.instance_status = 'zombie', COALESCE(CASE i.current_mode WHEN 'spot' THEN i.spot_price WHEN 'ondemand' THEN i.ondemand_price END, 0), 0) AS zombie_cost_usd_per_hour,
	IF(i.is_active AND NOT i.is_primary AND i.instance_status IN ('running_replica', 'promoting'), COALESCE(CASE i.current_mode WHEN 'spot' THEN i.spot_price WHEN 'ondemand' THEN i.ondemand_price END, 0), 0) AS replica_cost_usd_per_hour,
	i.is_active AND i.instance_status NOT IN ('launching', 'terminated') AND CASE i.current_mode WHEN 'spot' THEN i.spot_price WHEN 'ondemand' THEN i.ondemand_price END IS NULL AS unpriced_count
FROM instances i;

DELIMITER //

-- Counts everything anew, in one transaction that lets no instance change meanwhile (it takes shared
-- locks on all of them). Also makes the rows of agents and clients that have none.
CREATE OR REPLACE PROCEDURE instance_counts_recount()
MODIFIES SQL DATA
BEGIN
	DECLARE EXIT HANDLER FOR SQLEXCEPTION
	BEGIN
		ROLLBACK;
		RESIGNAL;
	END;
	{{clock_true}};
	START TRANSACTION;
	-- In the order of all writers: agents, instances, counts; the rows themselves, not a smaller index of them.
	SELECT COUNT(*) INTO @spotop_n FROM agents FORCE INDEX (PRIMARY) LOCK IN SHARE MODE;
	SELECT COUNT(*) INTO @spotop_n FROM instances FORCE INDEX (PRIMARY) LOCK IN SHARE MODE;
	DELETE FROM instance_counts;
	INSERT INTO instance_counts (client_id, agent_id, slot, is_enabled)
	SELECT client_id, id, 0, enabled FROM agents;
	INSERT INTO instance_counts (client_id, agent_id, slot, total_instances, primary_count, replica_count, zombie_count,
		launching_count, terminating_count, promoting_count, active_running, spot_count, ondemand_count, spot_price_n,
		spot_price_sum, savings_sum, measured_savings_usd_per_hour, measured_savings_n, cost_usd_per_hour,
		zombie_cost_usd_per_hour, replica_cost_usd_per_hour, unpriced_count)
	SELECT s.* FROM (SELECT client_id, agent_id, 0 AS slot, SUM(total_instances) AS c1, SUM(primary_count) AS c2, SUM(replica_count) AS c3, SUM(zombie_count) AS c4,
		SUM(launching_count) AS c5, SUM(terminating_count) AS c6, SUM(promoting_count) AS c7, SUM(active_running) AS c8, SUM(spot_count) AS c9,
		SUM(ondemand_count) AS c10, SUM(spot_price_n) AS c11, SUM(spot_price_sum) AS c12, SUM(savings_sum) AS c13,
		SUM(measured_savings_usd_per_hour) AS c14, SUM(measured_savings_n) AS c15, SUM(cost_usd_per_hour) AS c16,
		SUM(zombie_cost_usd_per_hour) AS c17, SUM(replica_cost_usd_per_hour) AS c18, SUM(unpriced_count) AS c19
	FROM v_instance_shares WHERE total_instances GROUP BY client_id, agent_id) s
	ON DUPLICATE KEY UPDATE total_instances = c1, primary_count = c2, replica_count = c3, zombie_count = c4,
		launching_count = c5, terminating_count = c6, promoting_count = c7, active_running = c8, spot_count = c9,
		ondemand_count = c10, spot_price_n = c11, spot_price_sum = c12, savings_sum = c13,
		measured_savings_usd_per_hour = c14, measured_savings_n = c15, cost_usd_per_hour = c16,
		zombie_cost_usd_per_hour = c17, replica_cost_usd_per_hour = c18, unpriced_count = c19;
	INSERT INTO instance_counts (client_id, agent_id, slot, total_instances, primary_count, replica_count, zombie_count,
		launching_count, terminating_count, promoting_count, active_running, spot_count, ondemand_count, spot_price_n,
		spot_price_sum, savings_sum, measured_savings_usd_per_hour, measured_savings_n, cost_usd_per_hour,
		zombie_cost_usd_per_hour, replica_cost_usd_per_hour, unpriced_count)
	SELECT client_id, '00000000-0000-0000-0000-000000000000', 1, SUM(total_instances), SUM(primary_count), SUM(replica_count),
		SUM(zombie_count), SUM(launching_count), SUM(terminating_count), SUM(promoting_count), SUM(active_running), SUM(spot_count),
		SUM(ondemand_count), SUM(spot_price_n), SUM(spot_price_sum), SUM(savings_sum), SUM(measured_savings_usd_per_hour),
		SUM(measured_savings_n), SUM(cost_usd_per_hour), SUM(zombie_cost_usd_per_hour), SUM(replica_cost_usd_per_hour),
		SUM(unpriced_count)
	FROM instance_counts WHERE slot = 0 GROUP BY client_id;
	INSERT INTO instance_counts (client_id, slot, agent_count, enabled_count)
	SELECT client_id, 1, COUNT(*), SUM(enabled) FROM agents GROUP BY client_id
	ON DUPLICATE KEY UPDATE agent_count = VALUES(agent_count), enabled_count = VALUES(enabled_count);
	INSERT INTO instance_counts (client_id, agent_id, slot, total_instances)
	SELECT client_id, CAST(INSERT(INSERT(MD5(current_pool_id), 13, 1, '4'), 17, 1, '8') AS UUID), 17, COUNT(*) FROM instances WHERE is_active AND current_pool_id IS NOT NULL GROUP BY client_id, current_pool_id;
	COMMIT;
END //

DELIMITER ;
