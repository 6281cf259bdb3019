-- What foreign keys would have done for the partitioned tables, and what cascades cannot do.
--
-- InnoDB gives partitioned tables no foreign keys, and its cascades fire no triggers (so counts
-- would drift). Here: a row whose pool, agent or client does not exist is refused with error 30004
-- and the name of the constraint; deleting a pool, agent or client first moves or deletes what
-- depends on it. The parent row is read with a shared lock, as a foreign key would read it, so that
-- it cannot vanish before the child commits.
--   fk_snapshots_pool fk_consolidated_pool fk_canonical_pool   -> spot_pools, ON DELETE CASCADE
--   fk_snapshots_agent fk_events_agent                         -> agents,     ON DELETE CASCADE
--   fk_snapshots_client fk_events_client                       -> clients,    ON DELETE CASCADE
-- Raw snapshots have no index on the agent: deleting an agent scans a day of them. Deletes of
-- agents are rare, and the index would cost a third of the largest table.

DELIMITER //

CREATE OR REPLACE PROCEDURE refuse_orphan(p_constraint VARCHAR(64), p_what VARCHAR(20), p_id VARCHAR(128))
NO SQL
BEGIN
	DECLARE v_text VARCHAR(300) DEFAULT CONCAT(p_constraint, ': there is no ', p_what, ' ', COALESCE(p_id, 'NULL'));
	SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = v_text;
END //

CREATE OR REPLACE PROCEDURE check_pool(p_constraint VARCHAR(64), p_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin)
READS SQL DATA
BEGIN
	DECLARE v_found INT;
	SELECT COUNT(*) INTO v_found FROM spot_pools WHERE id = p_pool LOCK IN SHARE MODE;
	IF v_found = 0 THEN
		CALL refuse_orphan(p_constraint, 'pool', p_pool);
	END IF;
END //

CREATE OR REPLACE TRIGGER snapshots_before_insert BEFORE INSERT ON spot_price_snapshots FOR EACH ROW
BEGIN
	DECLARE v_client UUID;
	DECLARE v_is_newer BOOLEAN;
	-- A price of a day before there was a market, or of one to come, would stop the jobs that go by days.
	IF NEW.observed_at < '2006-01-01' OR UNIX_TIMESTAMP(NEW.observed_at) > UNIX_TIMESTAMP() + 86400 THEN
		CALL refuse(30003, CONCAT('spot_price_snapshots: a price of ', NEW.observed_at, ': before 2006, or more than a day ahead'));
	END IF;
	-- The price of a bulk import is nobody's, and its pool's price is set when the import ends: each statement here costs a tenth of the row. What
	-- anybody else writes sets it, with an id of its own or none.
	IF NEW.id <> 0 OR NEW.agent_id IS NOT NULL OR NEW.client_id IS NOT NULL OR @spotop_bulk IS NULL OR NOT is_bulk(TRUE) THEN
		IF NEW.agent_id IS NOT NULL THEN
			SELECT MAX(client_id) INTO v_client FROM agents WHERE id = NEW.agent_id LOCK IN SHARE MODE;
			IF v_client IS NULL THEN
				CALL refuse_orphan('fk_snapshots_agent', 'agent', NEW.agent_id);
			END IF;
			SET NEW.client_id = COALESCE(NEW.client_id, v_client);
			IF NEW.client_id <> v_client THEN
				CALL check_client_of_agent('spot_price_snapshots', NEW.client_id, NEW.agent_id);
			END IF;
		ELSEIF NEW.client_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM clients WHERE id = NEW.client_id LOCK IN SHARE MODE) THEN
			CALL refuse_orphan('fk_snapshots_client', 'client', NEW.client_id);
		END IF;
		-- Newer than the pool's price: the update of the pool is lock and proof of existence in one.
		IF (@spotop_bulk IS NULL OR NOT is_bulk(TRUE)) AND UNIX_TIMESTAMP(NEW.observed_at) <= UNIX_TIMESTAMP() + 300 THEN
			SELECT MAX({{outranks(NEW.observed_at, last_price_at)}}) INTO v_is_newer FROM spot_pools WHERE id = NEW.pool_id;
			IF v_is_newer THEN
				UPDATE spot_pools SET last_price = NEW.price, last_price_at = LEAST(NEW.observed_at, CURRENT_TIMESTAMP)
				WHERE id = NEW.pool_id AND {{outranks(NEW.observed_at, last_price_at)}} AND NEW.price > 0
					AND (NEW.price <= 500 OR NEW.price <= 20 * ondemand_price_of(instance_type, region));
			END IF;
		END IF;
	END IF;
	-- check_pool, without the price of a call for each of a million rows a day.
	IF NOT EXISTS (SELECT 1 FROM spot_pools WHERE id = NEW.pool_id LOCK IN SHARE MODE) THEN
		CALL refuse_orphan('fk_snapshots_pool', 'pool', NEW.pool_id);
	END IF;
END //

CREATE OR REPLACE PROCEDURE check_snapshot(p_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin, p_old_pool VARCHAR(100) CHARSET ascii COLLATE ascii_bin,
	p_agent UUID, p_old_agent UUID, p_client UUID, p_old_client UUID)
READS SQL DATA
BEGIN
	IF p_pool <> p_old_pool THEN
		CALL check_pool('fk_snapshots_pool', p_pool);
	END IF;
	IF NOT (p_agent <=> p_old_agent) AND p_agent IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents WHERE id = p_agent LOCK IN SHARE MODE) THEN
		CALL refuse_orphan('fk_snapshots_agent', 'agent', p_agent);
	END IF;
	IF NOT (p_client <=> p_old_client) AND p_client IS NOT NULL AND NOT EXISTS (SELECT 1 FROM clients WHERE id = p_client LOCK IN SHARE MODE) THEN
		CALL refuse_orphan('fk_snapshots_client', 'client', p_client);
	END IF;
END //

-- One test for each row and nothing else: most of a day's rows are marked as duplicates once, and each
-- statement of a trigger costs about as much as the change of the row. After the row: where a trigger before it reads NEW.pool_id,
-- which it might set, the server takes the key that it searches by for changed, and writes down all rows before it changes one.
CREATE OR REPLACE TRIGGER snapshots_after_update AFTER UPDATE ON spot_price_snapshots FOR EACH ROW
IF NEW.pool_id <> OLD.pool_id OR NOT (NEW.agent_id <=> OLD.agent_id) OR NOT (NEW.client_id <=> OLD.client_id) THEN
	CALL check_snapshot(NEW.pool_id, OLD.pool_id, NEW.agent_id, OLD.agent_id, NEW.client_id, OLD.client_id);
END IF //
DROP TRIGGER IF EXISTS snapshots_before_update //

-- The jobs fill the two upper tiers a pool at a time and look once that the pool is there, at the end of
-- their transaction (@spotop_pool): a lock on it for each row would make agents wait who report its price. The look for the pool is a
-- statement of its own, in the other's branch: in its condition it cost a quarter of each row of the jobs, though it was not reached.
CREATE OR REPLACE TRIGGER consolidated_before_insert BEFORE INSERT ON pricing_consolidated FOR EACH ROW
IF NOT (@spotop_pool <=> NEW.pool_id) THEN
	IF NOT EXISTS (SELECT 1 FROM spot_pools WHERE id = NEW.pool_id LOCK IN SHARE MODE) THEN
		CALL refuse_orphan('fk_consolidated_pool', 'pool', NEW.pool_id);
	END IF;
END IF //

CREATE OR REPLACE TRIGGER consolidated_before_update BEFORE UPDATE ON pricing_consolidated FOR EACH ROW
IF NEW.pool_id <> OLD.pool_id THEN
	CALL check_pool('fk_consolidated_pool', NEW.pool_id);
END IF //

CREATE OR REPLACE TRIGGER canonical_before_insert BEFORE INSERT ON pricing_canonical FOR EACH ROW
IF NOT (@spotop_pool <=> NEW.pool_id) THEN
	IF NOT EXISTS (SELECT 1 FROM spot_pools WHERE id = NEW.pool_id LOCK IN SHARE MODE) THEN
		CALL refuse_orphan('fk_canonical_pool', 'pool', NEW.pool_id);
	END IF;
END IF //

CREATE OR REPLACE TRIGGER canonical_before_update BEFORE UPDATE ON pricing_canonical FOR EACH ROW
IF NEW.pool_id <> OLD.pool_id THEN
	CALL check_pool('fk_canonical_pool', NEW.pool_id);
END IF //

-- Our own triggers write events of rows that hold their parents already (@spotop_trusted): these
-- are checked without a lock, so that a change of an instance never waits for its agent.
CREATE OR REPLACE PROCEDURE check_event_parents(p_client UUID, p_agent UUID)
READS SQL DATA
BEGIN
	DECLARE v_n INT;
	IF p_agent IS NOT NULL THEN
		IF @spotop_trusted = 1 THEN
			SELECT COUNT(*) INTO v_n FROM agents WHERE id = p_agent;
		ELSE
			SELECT COUNT(*) INTO v_n FROM agents WHERE id = p_agent LOCK IN SHARE MODE;
		END IF;
		IF v_n = 0 THEN
			CALL refuse_orphan('fk_events_agent', 'agent', p_agent);
		END IF;
	END IF;
	IF p_client IS NOT NULL THEN
		IF @spotop_trusted = 1 THEN
			SELECT COUNT(*) INTO v_n FROM clients WHERE id = p_client;
		ELSE
			SELECT COUNT(*) INTO v_n FROM clients WHERE id = p_client LOCK IN SHARE MODE;
		END IF;
		IF v_n = 0 THEN
			CALL refuse_orphan('fk_events_client', 'client', p_client);
		END IF;
	END IF;
END //

CREATE OR REPLACE TRIGGER events_before_insert BEFORE INSERT ON system_events FOR EACH ROW
IF NEW.client_id IS NOT NULL OR NEW.agent_id IS NOT NULL THEN
	CALL check_event_parents(NEW.client_id, NEW.agent_id);
END IF //

CREATE OR REPLACE TRIGGER events_before_update BEFORE UPDATE ON system_events FOR EACH ROW
IF NOT (NEW.client_id <=> OLD.client_id AND NEW.agent_id <=> OLD.agent_id) THEN
	CALL check_event_parents(NEW.client_id, NEW.agent_id);
END IF //

-- A pool goes with its prices, and leaves its instances in no pool (fk_instances_pool is SET NULL, done here so that the
-- counts move along).
CREATE OR REPLACE TRIGGER pools_before_delete BEFORE DELETE ON spot_pools FOR EACH ROW
BEGIN
	UPDATE instances SET current_pool_id = NULL WHERE current_pool_id = OLD.id;
	DELETE FROM spot_price_snapshots WHERE pool_id = OLD.id;
	DELETE FROM pricing_consolidated WHERE pool_id = OLD.id;
	DELETE FROM pricing_canonical WHERE pool_id = OLD.id;
	DELETE FROM spotop_cooling WHERE place = OLD.id;
	DELETE FROM consolidation_jobs WHERE chunk = OLD.id AND status = 'failed';
END //

-- An agent leaves its instances to its client (fk_instances_agent is SET NULL, done here so that
-- the counts move along), and goes with its snapshots, events and counts.
CREATE OR REPLACE TRIGGER agents_before_delete BEFORE DELETE ON agents FOR EACH ROW
BEGIN
	UPDATE instances SET agent_id = NULL WHERE agent_id = OLD.id;
	DELETE FROM spot_price_snapshots WHERE agent_id = OLD.id;
	DELETE FROM system_events WHERE agent_id = OLD.id;
	DELETE FROM spotop_agent_counts WHERE client_id = OLD.client_id AND agent_id = OLD.id AND slot = 0;
	INSERT INTO spotop_agent_counts (client_id, slot, agent_count, enabled_count) VALUES (OLD.client_id, 1 + CONNECTION_ID() MOD 16, -1, -OLD.enabled)
	ON DUPLICATE KEY UPDATE agent_count = agent_count + VALUES(agent_count), enabled_count = enabled_count + VALUES(enabled_count);
END //

-- A client goes with everything. Instances first, then agents, so that no count is left to move.
CREATE OR REPLACE TRIGGER clients_before_delete BEFORE DELETE ON clients FOR EACH ROW
BEGIN
	DELETE FROM instances WHERE client_id = OLD.id;
	DELETE FROM agents WHERE client_id = OLD.id;
	DELETE FROM spotop_pool_counts WHERE client_id = OLD.id;
	DELETE FROM spotop_sums WHERE client_id = OLD.id;
	DELETE FROM spotop_cooling WHERE client_id = OLD.id;
	DELETE FROM spot_price_snapshots WHERE client_id = OLD.id;
	DELETE FROM system_events WHERE client_id = OLD.id;
END //

DELIMITER ;
