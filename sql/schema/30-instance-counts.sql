-- instance_counts: how one instance adds to it, and the repair.
--
-- Order of locks in a writer: the instance, then its agent's row, then one share of its client's
-- row. All single-row writers take them so, and cannot deadlock. A transaction that changes several
-- instances should lock their agents first, in key order, and try again after error 1213.
--
-- Bulk loads: with `SET @spotop_bulk = 1` the triggers of this session neither count nor write events
-- nor keep the price cache (constraints stay on). Only for loading into a database without other
-- writers; afterwards `SET @spotop_bulk = NULL; CALL instance_counts_recount();`.

DELIMITER //

-- Adds differences to the row of the agent (or of "no agent") and to one share of the client.
CREATE OR REPLACE PROCEDURE instance_counts_add(
	p_client UUID, p_agent UUID, p_total INT, p_primary INT, p_replica INT, p_zombie INT, p_launching INT,
	p_terminating INT, p_promoting INT, p_running INT, p_spot INT, p_ondemand INT, p_spot_n INT,
	p_spot_sum DECIMAL(18,6), p_savings DECIMAL(18,6), p_measured DECIMAL(18,6), p_measured_n INT,
	p_cost DECIMAL(18,6), p_zombie_cost DECIMAL(18,6), p_replica_cost DECIMAL(18,6), p_unpriced INT)
MODIFIES SQL DATA
BEGIN
	DECLARE v_agent UUID DEFAULT COALESCE(p_agent, '00000000-0000-0000-0000-000000000000');
	DECLARE v_slot TINYINT UNSIGNED DEFAULT 0;
	DECLARE v_round INT DEFAULT 0;
	WHILE v_round < 2 DO
		INSERT INTO instance_counts (client_id, agent_id, slot, total_instances, primary_count, replica_count, zombie_count,
			launching_count, terminating_count, promoting_count, active_running, spot_count, ondemand_count, spot_price_n,
			spot_price_sum, savings_sum, measured_savings_usd_per_hour, measured_savings_n, cost_usd_per_hour,
			zombie_cost_usd_per_hour, replica_cost_usd_per_hour, unpriced_count)
		VALUES (p_client, v_agent, v_slot, p_total, p_primary, p_replica, p_zombie, p_launching, p_terminating, p_promoting,
			p_running, p_spot, p_ondemand, p_spot_n, p_spot_sum, p_savings, p_measured, p_measured_n, p_cost, p_zombie_cost,
			p_replica_cost, p_unpriced)
		ON DUPLICATE KEY UPDATE total_instances = total_instances + p_total, primary_count = primary_count + p_primary,
			replica_count = replica_count + p_replica, zombie_count = zombie_count + p_zombie,
			launching_count = launching_count + p_launching, terminating_count = terminating_count + p_terminating,
			promoting_count = promoting_count + p_promoting, active_running = active_running + p_running,
			spot_count = spot_count + p_spot, ondemand_count = ondemand_count + p_ondemand, spot_price_n = spot_price_n + p_spot_n,
			spot_price_sum = spot_price_sum + p_spot_sum, savings_sum = savings_sum + p_savings,
			measured_savings_usd_per_hour = measured_savings_usd_per_hour + p_measured,
			measured_savings_n = measured_savings_n + p_measured_n, cost_usd_per_hour = cost_usd_per_hour + p_cost,
			zombie_cost_usd_per_hour = zombie_cost_usd_per_hour + p_zombie_cost,
			replica_cost_usd_per_hour = replica_cost_usd_per_hour + p_replica_cost, unpriced_count = unpriced_count + p_unpriced;
		SET v_agent = '00000000-0000-0000-0000-000000000000', v_slot = 1 + CONNECTION_ID() MOD 16, v_round = v_round + 1;
	END WHILE;
END //

DELIMITER ;

-- What one instance adds to each count: the one definition, read by the recount and by `db verify`;
-- the triggers in 31-instances.sql say the same of NEW and OLD (a test holds them together).
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
	START TRANSACTION;
	-- Writers lock instances before counts; so does this.
	SELECT COUNT(*) INTO @spotop_n FROM instances LOCK IN SHARE MODE;
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
	COMMIT;
END //

DELIMITER ;
