-- What a session may not decide by itself: whether its rows are counted, and what time it is.
--
-- Bulk loads: after `CALL bulk_begin()` the triggers neither count nor write events for this connection, nor keep the
-- price cache (constraints stay on). Only for loading into a database without other writers; afterwards
-- `CALL bulk_end(); CALL instance_counts_recount();`. Who may only load prices says bulk_prices_begin.

DELIMITER //

-- Does this connection fill tables? Asked by triggers, and only where the variable is set: without its row the variable
-- is nothing, without it the row is (it may be of a connection that had this number before). The row holds the token's
-- hash: many may read it.
CREATE OR REPLACE FUNCTION is_bulk(p_prices_will_do BOOLEAN) RETURNS BOOLEAN
READS SQL DATA
RETURN EXISTS (SELECT 1 FROM spotop_bulk b WHERE b.connection_id = CONNECTION_ID() AND b.token = SHA2(@spotop_bulk, 256)
	AND (b.kind = 'all' OR (b.kind = 'prices' AND p_prices_will_do))) //

CREATE OR REPLACE PROCEDURE bulk_mark(p_kind VARCHAR(10))
MODIFIES SQL DATA
BEGIN
	SET @spotop_bulk = SHA2(CONCAT(UUID(), RAND(), RAND(), USER()), 256);
	SET SESSION sql_safe_updates = 0;
	IF NOT @@autocommit THEN
		SET SESSION autocommit = 1;
	END IF;
	-- SYSDATE: whoever holds a clock may have set the session's before
	DELETE FROM spotop_bulk WHERE since < SYSDATE() - INTERVAL 7 DAY;
	REPLACE INTO spotop_bulk (connection_id, token, kind, login, since) VALUES (CONNECTION_ID(), SHA2(@spotop_bulk, 256), p_kind, USER(), SYSDATE());
END //

CREATE OR REPLACE PROCEDURE bulk_begin()
MODIFIES SQL DATA
CALL bulk_mark('all') //

CREATE OR REPLACE PROCEDURE bulk_prices_begin()
MODIFIES SQL DATA
BEGIN
	{{clock_true}};
	CALL bulk_mark('prices');
END //

-- Whoever dates things back without filling tables; bulk_end ends it.
CREATE OR REPLACE PROCEDURE clock_hold()
MODIFIES SQL DATA
CALL bulk_mark('clock') //

-- Every routine that a role may call begins with this: from the next statement on NOW() is the server's time, whatever
-- the session was set to, and hours are added in UTC, which has no gaps. The session stays so.
CREATE OR REPLACE PROCEDURE clock_true()
READS SQL DATA
BEGIN
	IF @spotop_bulk IS NULL OR NOT EXISTS (SELECT 1 FROM spotop_bulk b WHERE b.connection_id = CONNECTION_ID()
		AND b.token = SHA2(@spotop_bulk, 256) AND b.kind IN ('all', 'clock')) THEN
		SET SESSION timestamp = DEFAULT, {{checks_true}};
	END IF;
	SET SESSION time_zone = '+00:00';
END //

CREATE OR REPLACE PROCEDURE bulk_end()
MODIFIES SQL DATA
BEGIN
	{{clock_true}};
	DELETE FROM spotop_bulk WHERE connection_id = CONNECTION_ID();
	SET @spotop_bulk = NULL;
END //

DELIMITER ;
