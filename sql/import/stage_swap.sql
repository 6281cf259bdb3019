-- A day that was filled takes the place of the empty one. Row: is_done (FALSE: the day has rows by now, or somebody works on the
-- table, or the server has another rule for it; the day is then filled row by row), rows (how many), met (rows that others
-- wrote into the day in that moment and that are not kept, since this import has their pool and second).
-- What arrives between the look and the exchange comes out with it and is put back. The exchange waits for whoever reads
-- the table and lets nobody write meanwhile, so it gives up soon.
-- :param part str
BEGIN NOT ATOMIC
	DECLARE p_table VARCHAR(64) DEFAULT 'spot_price_snapshots';
	DECLARE v_part VARCHAR(64) DEFAULT :part;
	DECLARE v_is_done BOOLEAN DEFAULT FALSE;
	DECLARE v_met, v_rows BIGINT DEFAULT 0;
	DECLARE v_pool VARCHAR(100);
	DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN {{unlock_partitions}}; SET SESSION lock_wait_timeout = 86400; RESIGNAL; END;
	{{lock_partitions('import')}};
	EXECUTE IMMEDIATE CONCAT('SELECT NOT EXISTS (SELECT 1 FROM spot_price_snapshots PARTITION (`', v_part, '`)) INTO @spotop_n');
	IF @spotop_n AND {{only_own_triggers}} THEN
		SET SESSION lock_wait_timeout = 2;
		EXECUTE IMMEDIATE CONCAT('ALTER TABLE importing_prices EXCHANGE PARTITION `', v_part, '` WITH TABLE importing_day');
		SELECT COUNT(*) INTO v_rows FROM importing_day;
		BEGIN
			DECLARE CONTINUE HANDLER FOR 1205 SET v_is_done = FALSE;
			SET v_is_done = TRUE;
			EXECUTE IMMEDIATE CONCAT('ALTER TABLE spot_price_snapshots EXCHANGE PARTITION `', v_part, '` WITH TABLE importing_day');
		END;
		IF NOT v_is_done THEN -- for the next day
			EXECUTE IMMEDIATE CONCAT('ALTER TABLE importing_prices EXCHANGE PARTITION `', v_part, '` WITH TABLE importing_day');
		END IF;
		SET SESSION lock_wait_timeout = 86400;
	END IF;
	{{unlock_partitions}};
	IF v_is_done THEN
		SELECT COUNT(*) INTO v_met FROM importing_day;
		IF v_met > 0 THEN
			INSERT IGNORE INTO spot_price_snapshots SELECT * FROM importing_day;
			SET v_met = v_met - ROW_COUNT();
			TRUNCATE TABLE importing_day;
		END IF;
		-- a pool that was deleted while its prices were on their way
		EXECUTE IMMEDIATE CONCAT('SELECT MIN(d.pool_id) INTO @spotop_pool_gone FROM (SELECT DISTINCT pool_id FROM spot_price_snapshots PARTITION (`', v_part,
			'`)) AS d LEFT JOIN spot_pools AS p ON p.id = d.pool_id WHERE p.id IS NULL');
		IF @spotop_pool_gone IS NOT NULL THEN
			SET v_pool = @spotop_pool_gone;
			EXECUTE IMMEDIATE CONCAT('DELETE FROM spot_price_snapshots PARTITION (`', v_part, '`) WHERE pool_id NOT IN (SELECT id FROM spot_pools)');
			CALL refuse_orphan('fk_snapshots_pool', 'pool', v_pool);
		END IF;
	END IF;
	SELECT v_is_done AS is_done, v_rows AS `rows`, v_met AS met;
END
