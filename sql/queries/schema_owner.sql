-- The account that what runs in the session's database belongs to, and how one finds out whether it can be so.
-- step: make (an administrator's work), probe and ask (does something of its work?), drop, clause (into each CREATE),
-- name (as the server writes it).
-- It is locked and no password fits it; its rights end at this database.
WITH d AS (
	SELECT CONCAT('`', REPLACE(DATABASE(), '`', '``'), '`') AS name,
		CONCAT('`', REPLACE(REPLACE(REPLACE(DATABASE(), '`', '``'), '_', '\\_'), '%', '\\%'), '`') AS pattern,
		CONCAT('`spotop_definer', IF(DATABASE() = 'spot_optimizer', '', REPLACE(CONCAT('_', DATABASE()), '`', '``')), '`@`localhost`') AS owner
)
SELECT 'make' AS step, CONCAT('CREATE USER IF NOT EXISTS ', owner, ' IDENTIFIED VIA mysql_native_password USING ''invalid'' ACCOUNT LOCK') AS statement FROM d
UNION ALL SELECT 'make', CONCAT('ALTER USER ', owner, ' ACCOUNT LOCK') FROM d
UNION ALL SELECT 'make', CONCAT('GRANT ALL PRIVILEGES ON ', pattern, '.* TO ', owner) FROM d
UNION ALL SELECT 'probe', CONCAT('CREATE OR REPLACE DEFINER = ', owner, ' FUNCTION ', name, '.schema_probe() RETURNS INT READS SQL DATA RETURN (SELECT COUNT(*) FROM schema_migrations)') FROM d
UNION ALL SELECT 'ask', CONCAT('SELECT ', name, '.schema_probe()') FROM d
UNION ALL SELECT 'drop', CONCAT('DROP FUNCTION IF EXISTS ', name, '.schema_probe') FROM d
UNION ALL SELECT 'clause', CONCAT('DEFINER = ', owner) FROM d
UNION ALL SELECT 'name', CONCAT('spotop_definer', IF(DATABASE() = 'spot_optimizer', '', CONCAT('_', DATABASE())), '@localhost')
