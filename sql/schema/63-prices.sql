-- Prices of agents: what the cloud asks for, as their instances see it.

DELIMITER //

-- Of a report, the prices of pools; those that are named as pools are made first.
CREATE OR REPLACE PROCEDURE prices_of_pools(INOUT p_prices JSON)
MODIFIES SQL DATA
BEGIN
	FOR t IN (SELECT DISTINCT j.pool FROM JSON_TABLE(p_prices, '$[*]' COLUMNS (pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin PATH '$.pool')) j
		LEFT JOIN spot_pools p ON p.id = j.pool WHERE p.id IS NULL AND {{is_pool_name(j.pool)}}) DO
		CALL pool_ensure(t.pool);
	END FOR;
	SELECT COALESCE(JSON_ARRAYAGG(JSON_OBJECT('pool', j.pool, 'price', j.price, 'at', j.at)), '[]') INTO p_prices
	FROM JSON_TABLE(p_prices, '$[*]' COLUMNS (pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin PATH '$.pool', price DECIMAL(20,6) PATH '$.price', at VARCHAR(40) PATH '$.at')) j
	JOIN spot_pools p ON p.id = j.pool;
END //

-- agent_report_prices(agent, instance, role, prices): what the cloud asks for, as this instance sees it.
--   role    primary | replica | zombie: what the instance is
--   prices  [{"pool":"r3.large.us-east-1e","price":0.0228,"at":"2026-11-22T12:00:00Z"}, …];
--           at may be absent (now). Pools not yet known are made when they are named as pools are.
-- A row is refused that cannot be true: of more than 7 days ago or more than 5 minutes ahead, of zero or less, of more
-- than 20 times the on-demand price, or of 500 USD/h where that is unknown; and one of a pool that is not named as pools
-- are. The others go in, and an event tells of it.
-- A price goes to its pool and nowhere else: what instances cost is their count times it (13-instances.sql).
-- Row: accepted refused.
CREATE OR REPLACE PROCEDURE agent_report_prices(p_agent LONGTEXT, p_instance LONGTEXT, p_role LONGTEXT, p_prices JSON)
MODIFIES SQL DATA
BEGIN
	DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
	DECLARE v_n, v_new, v_refused INT;
	DECLARE v_agent, v_client UUID;
	DECLARE v_may, v_is_copy BOOLEAN;
	DECLARE v_instance VARCHAR(20) CHARSET ascii COLLATE ascii_bin;
	DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
	{{undo(v_own)}};
	{{clock_true}};
	{{takes_uuid('agent', p_agent)}};
	{{takes_id('instance', p_instance, 20)}};
	{{takes_json('prices', p_prices)}};
	IF LOWER(p_role) COLLATE utf8mb4_bin NOT IN ('primary', 'replica', 'zombie') THEN
		CALL check_word('role', p_role, 'primary,replica,zombie');
	END IF;
	SET v_agent = p_agent, v_instance = p_instance;
	-- All that is asked before, in one statement: a call costs as much as a row of prices.
	SELECT {{is_own(a)}}, {{copy_of}} IS NOT NULL INTO v_may, v_is_copy FROM agents a WHERE a.id = v_agent;
	IF v_may IS NOT TRUE OR v_is_copy THEN
		{{copy_refuses}};
		CALL agent_own(v_agent);
	END IF;
	IF v_own THEN
		SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
		START TRANSACTION;
	END IF;
	SELECT a.client_id INTO v_client FROM agents a WHERE a.id = v_agent FOR UPDATE; -- agent_lock
	SELECT COUNT(*) INTO v_n FROM instances i WHERE i.id = v_instance AND i.agent_id = v_agent;
	IF v_n = 0 THEN CALL instance_own(v_client, v_instance); END IF;
	SELECT COUNT(*), COUNT(*) - COUNT(p.id) INTO v_refused, v_new
	FROM JSON_TABLE(p_prices, '$[*]' COLUMNS (pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin PATH '$.pool')) j LEFT JOIN spot_pools p ON p.id = j.pool;
	IF v_new > 0 THEN
		CALL prices_of_pools(p_prices);
	END IF;
	-- In pool order, as every writer of pools' prices; type and region out of the pool's name, because a trigger of this
	-- statement writes pools, so that it may not read them.
	INSERT INTO spot_price_snapshots (agent_id, pool_id, price, observed_at, source_instance_id, source_instance_role)
	SELECT v_agent, r.pool, r.price, r.at, v_instance, p_role
	FROM (SELECT j.pool, j.price, COALESCE(20 * NULLIF(ondemand_price_of(SUBSTRING_INDEX(j.pool, '.', 2), LEFT(SUBSTRING_INDEX(j.pool, '.', -1), LENGTH(SUBSTRING_INDEX(j.pool, '.', -1)) - 1)), 0), 500) AS most,
			CASE WHEN j.at IS NULL THEN CURRENT_TIMESTAMP
				WHEN j.at RLIKE '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'
					AND SUBSTR(j.at, 9, 2) <= DAY(LAST_DAY(CONCAT(LEFT(j.at, 8), '01')))
					-- as texts: what lies past 2038 is no TIMESTAMP
					AND LEFT(j.at, 19) BETWEEN DATE_FORMAT(CURRENT_TIMESTAMP - INTERVAL 7 DAY, '%Y-%m-%dT%H:%i:%s') AND DATE_FORMAT(CURRENT_TIMESTAMP + INTERVAL 5 MINUTE, '%Y-%m-%dT%H:%i:%s')
					THEN time_of_iso(j.at) END AS at
		FROM JSON_TABLE(p_prices, '$[*]' COLUMNS (pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin PATH '$.pool',
			price DECIMAL(20,6) PATH '$.price', at VARCHAR(40) CHARACTER SET ascii PATH '$.at')) j) r
	WHERE r.price > 0 AND r.price <= r.most AND r.at IS NOT NULL
	ORDER BY r.pool, r.at;
	SET v_n = ROW_COUNT(), v_refused = v_refused - v_n;
	IF v_refused > 0 THEN
		INSERT INTO system_events (event_type, severity, message, client_id, agent_id, instance_id, metadata)
		VALUES ('prices_refused', 'warning', CONCAT(v_refused, ' prices that cannot be true were refused'), v_client, v_agent, v_instance,
			JSON_OBJECT('refused', v_refused, 'accepted', v_n));
	END IF;
	IF v_own THEN COMMIT; END IF;
	SELECT v_n AS accepted, v_refused AS refused;
END //

DELIMITER ;
