-- Makes the tables in which an import's days are filled, where that can be done: the server lets rows come from the client, nobody
-- else is at it, and no trigger but the schema's own wants to hear of each row (a migration's way back does). What an
-- import that died has left is put back first. Row: may, whether it can be done.
BEGIN NOT ATOMIC
	DECLARE v_may BOOLEAN DEFAULT FALSE;
	SELECT @@local_infile AND {{only_own_triggers}} AND GET_LOCK({{stage_lock}}, 0) INTO v_may;
	IF v_may THEN
		{{stage_empty}};
		CREATE TABLE importing_prices LIKE spot_price_snapshots;
		CREATE TABLE importing_day LIKE spot_price_snapshots;
		ALTER TABLE importing_day REMOVE PARTITIONING;
	END IF;
	SELECT COALESCE(v_may, FALSE) AS may;
END
