-- The kept counts: how one instance adds to them, and the repair.
--
-- Order of locks in a writer: the agent's row, its commands by their keys, pools in the order of theirs, this connection's share
-- where an instance becomes a primary or ends as one, the instance, its agent's counts, a share of its pool's; where two of a
-- kind change, the lower key first. Single-row writers without a procedure begin at the instance. A transaction that changes several
-- instances should lock their agents first, in key order, and try again after error 1213 or 1020.
-- What changes nothing but an instance's state is written in the trigger itself (31-instances.sql): a call costs as much
-- as a row.
DELIMITER //

-- Takes this connection's share of a client before an instance becomes a primary or is none any more. The index of
-- primaries is searched up to the next agent's entry, and whoever holds that one must not wait for the share of who searches:
-- as many of these as pools have shares.
CREATE OR REPLACE PROCEDURE instance_counts_lock(p_client UUID)
MODIFIES SQL DATA
INSERT INTO spotop_agent_counts (client_id, slot) VALUES (p_client, 1 + CONNECTION_ID() MOD 4)
ON DUPLICATE KEY UPDATE total_instances = total_instances //

-- p_by 1 or -1: an active instance of an agent comes or leaves. An instance without an agent is in no agent's count.
CREATE OR REPLACE PROCEDURE agent_counts_move(p_by INT, p_client UUID, p_agent UUID, p_status VARCHAR(20) CHARSET ascii, p_primary BOOLEAN)
MODIFIES SQL DATA
UPDATE spotop_agent_counts SET total_instances = total_instances + p_by, primary_count = primary_count + p_by * p_primary,
	replica_count = replica_count + p_by * (p_status = 'running_replica'), zombie_count = zombie_count + p_by * (p_status = 'zombie'),
	launching_count = launching_count + p_by * (p_status = 'launching'), terminating_count = terminating_count + p_by * (p_status = 'terminating'),
	promoting_count = promoting_count + p_by * (p_status = 'promoting')
WHERE client_id = p_client AND agent_id = p_agent AND slot = 0 //

-- The same of a client's pool, mode, type and region.
CREATE OR REPLACE PROCEDURE pool_counts_move(p_by INT, p_client UUID, p_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin, p_mode VARCHAR(10) CHARSET ascii,
	p_type VARCHAR(32) CHARSET ascii COLLATE ascii_bin, p_region VARCHAR(20) CHARSET ascii COLLATE ascii_bin, p_status VARCHAR(20) CHARSET ascii, p_primary BOOLEAN)
MODIFIES SQL DATA
INSERT INTO spotop_pool_counts (client_id, pool_id, current_mode, instance_type, region, share, total_instances, primary_count, replica_count, zombie_count, launching_count, terminating_count, promoting_count)
VALUES (p_client, COALESCE(p_pool, ''), p_mode, p_type, p_region, CONNECTION_ID() MOD 4, p_by, p_by * p_primary, p_by * (p_status = 'running_replica'),
	p_by * (p_status = 'zombie'), p_by * (p_status = 'launching'), p_by * (p_status = 'terminating'), p_by * (p_status = 'promoting'))
ON DUPLICATE KEY UPDATE total_instances = total_instances + VALUES(total_instances), primary_count = primary_count + VALUES(primary_count), replica_count = replica_count + VALUES(replica_count), zombie_count = zombie_count + VALUES(zombie_count), launching_count = launching_count + VALUES(launching_count), terminating_count = terminating_count + VALUES(terminating_count), promoting_count = promoting_count + VALUES(promoting_count) //

DELIMITER ;

-- What one instance adds to each count: the one definition, read by the recount and by `db verify`;
-- the procedures above and the trigger say the same of changes (a test holds them together).
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_instance_shares AS
SELECT i.id, i.client_id, COALESCE(i.agent_id, '00000000-0000-0000-0000-000000000000') AS agent_id,
	COALESCE(i.current_pool_id, '') AS pool_id, i.current_mode, i.instance_type, i.region,
	i.is_active AS total_instances,
	i.is_active AND i.is_primary AS primary_count,
	i.is_active AND i.instance_status = 'running_replica' AS replica_count,
	i.is_active AND i.instance_status = 'zombie' AS zombie_count,
	i.is_active AND i.instance_status = 'launching' AS launching_count,
	i.is_active AND i.instance_status = 'terminating' AS terminating_count,
	i.is_active AND i.instance_status = 'promoting' AS promoting_count
FROM instances i;

DELIMITER //

-- Counts a piece anew, in a transaction that lets none of its instances change, come or leave meanwhile (it takes shared locks
-- on them and on the gaps between): the agents after one id up to another, or how many agents a client has, or the instances of a
-- pool. What changes between two pieces is right in both: triggers add differences, and a piece counted later counts what is
-- there then. A rival's deadlock costs the piece, which is tried again.
CREATE OR REPLACE PROCEDURE instance_counts_piece(p_after UUID, p_to UUID, p_client UUID, p_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin)
MODIFIES SQL DATA
BEGIN
	DECLARE v_n, v_tries INT DEFAULT 0;
	DECLARE v_done BOOLEAN DEFAULT FALSE;
	DECLARE v_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin;
	DECLARE EXIT HANDLER FOR SQLEXCEPTION
	BEGIN
		ROLLBACK;
		RESIGNAL;
	END;
	SET v_pool = IF(p_pool = '', NULL, p_pool); -- by a variable: an expression would not be looked up in the index
	WHILE NOT v_done DO BEGIN
		DECLARE EXIT HANDLER FOR 1213, 1205, 1020
		BEGIN
			ROLLBACK;
			SET v_tries = v_tries + 1;
			IF v_tries >= 10 THEN
				RESIGNAL;
			END IF;
		END;
		-- At READ COMMITTED, as programs are, what comes in after the DELETE and before the count would be in both.
		COMMIT; -- a caller's, as START TRANSACTION does too late
		SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
		START TRANSACTION;
		-- In the order of all writers: agents, instances, counts; the rows themselves (version is in no index).
		IF p_to IS NOT NULL THEN
			SELECT MAX(version) INTO v_n FROM agents WHERE id > p_after AND id <= p_to LOCK IN SHARE MODE;
			SELECT MAX(version) INTO v_n FROM instances FORCE INDEX (idx_instances_agent) WHERE agent_id > p_after AND agent_id <= p_to LOCK IN SHARE MODE;
			DELETE c FROM spotop_agent_counts c FORCE INDEX (idx_counts_agent) WHERE c.agent_id > p_after AND c.agent_id <= p_to;
			INSERT INTO spotop_agent_counts (client_id, agent_id, slot, is_enabled, total_instances, primary_count, replica_count, zombie_count, launching_count, terminating_count, promoting_count)
			SELECT a.client_id, a.id, 0, a.enabled, COALESCE(s.total_instances, 0), COALESCE(s.primary_count, 0), COALESCE(s.replica_count, 0), COALESCE(s.zombie_count, 0), COALESCE(s.launching_count, 0), COALESCE(s.terminating_count, 0), COALESCE(s.promoting_count, 0)
			FROM agents a LEFT JOIN (SELECT i.client_id AS of_client, i.agent_id AS of_agent, SUM(k.total_instances) AS total_instances, SUM(k.primary_count) AS primary_count, SUM(k.replica_count) AS replica_count, SUM(k.zombie_count) AS zombie_count, SUM(k.launching_count) AS launching_count, SUM(k.terminating_count) AS terminating_count, SUM(k.promoting_count) AS promoting_count
				FROM instances i FORCE INDEX (idx_instances_agent) STRAIGHT_JOIN v_instance_shares k ON k.id = i.id WHERE i.agent_id > p_after AND i.agent_id <= p_to AND k.total_instances
				GROUP BY i.client_id, i.agent_id) s ON s.of_client = a.client_id AND s.of_agent = a.id
			WHERE a.id > p_after AND a.id <= p_to;
		ELSEIF p_client IS NOT NULL THEN
			SELECT MAX(version) INTO v_n FROM agents FORCE INDEX (uk_agents_logical) WHERE client_id = p_client LOCK IN SHARE MODE;
			DELETE FROM spotop_agent_counts WHERE client_id = p_client AND agent_id = '00000000-0000-0000-0000-000000000000';
			INSERT INTO spotop_agent_counts (client_id, slot, agent_count, enabled_count)
			SELECT p_client, 1, COUNT(*), COALESCE(SUM(enabled), 0) FROM agents WHERE client_id = p_client HAVING COUNT(*) > 0;
		ELSE
			SELECT MAX(version) INTO v_n FROM instances FORCE INDEX (idx_instances_pool) WHERE current_pool_id <=> v_pool AND is_active = TRUE LOCK IN SHARE MODE;
			DELETE c FROM spotop_pool_counts c FORCE INDEX (idx_pool_counts_pool) WHERE c.pool_id = p_pool;
			INSERT INTO spotop_pool_counts (client_id, pool_id, current_mode, instance_type, region, share, total_instances, primary_count, replica_count, zombie_count, launching_count, terminating_count, promoting_count)
			SELECT k.client_id, k.pool_id, k.current_mode, k.instance_type, k.region, 0, SUM(k.total_instances), SUM(k.primary_count), SUM(k.replica_count), SUM(k.zombie_count), SUM(k.launching_count), SUM(k.terminating_count), SUM(k.promoting_count)
			FROM instances i FORCE INDEX (idx_instances_pool) STRAIGHT_JOIN v_instance_shares k ON k.id = i.id
			WHERE i.current_pool_id <=> v_pool AND i.is_active = TRUE GROUP BY k.client_id, k.current_mode, k.instance_type, k.region;
		END IF;
		COMMIT;
		SET v_done = TRUE;
	END; END WHILE;
END //

-- Counts everything anew, 200 agents, a client's agents or a pool at a time: the others work on, and who waits does so for one piece.
CREATE OR REPLACE PROCEDURE instance_counts_recount()
MODIFIES SQL DATA
BEGIN
	DECLARE v_at UUID DEFAULT '00000000-0000-0000-0000-000000000000';
	DECLARE v_to UUID;
	{{clock_true}};
	REPEAT
		SET v_to = NULL;
		SELECT id INTO v_to FROM agents WHERE id > v_at ORDER BY id LIMIT 199, 1;
		CALL instance_counts_piece(v_at, COALESCE(v_to, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), NULL, NULL);
		SET v_at = v_to;
	UNTIL v_to IS NULL END REPEAT;
	FOR c IN (SELECT id FROM clients ORDER BY id) DO
		CALL instance_counts_piece(NULL, NULL, c.id, NULL);
	END FOR;
	FOR p IN (SELECT DISTINCT COALESCE(current_pool_id, '') AS id FROM instances WHERE is_active = TRUE UNION SELECT pool_id FROM spotop_pool_counts) DO
		CALL instance_counts_piece(NULL, NULL, NULL, p.id);
	END FOR;
END //

-- For a database that comes from elsewhere: a type and region that the list of on-demand prices lacks gets the price that
-- the newest of its instances recorded, from when that was made; to look it up by instance at each look would be slow.
CREATE OR REPLACE PROCEDURE ondemand_prices_from_instances()
MODIFIES SQL DATA
BEGIN
	SET TRANSACTION ISOLATION LEVEL READ COMMITTED; -- reads without locks: the fleet works on
	INSERT INTO ondemand_prices (instance_type, region, price, recorded_at)
	SELECT n.instance_type, n.region, n.ondemand_price, LEAST(n.created_at, NOW())
	FROM (SELECT i.instance_type, i.region, i.ondemand_price, i.created_at, ROW_NUMBER() OVER (PARTITION BY i.instance_type, i.region ORDER BY {{latest(i.created_at)}}, i.id) AS nth
		FROM instances i WHERE i.ondemand_price IS NOT NULL) n
	WHERE n.nth = 1 AND NOT EXISTS (SELECT 1 FROM ondemand_prices o WHERE o.instance_type = n.instance_type AND o.region = n.region);
END //

DELIMITER ;
