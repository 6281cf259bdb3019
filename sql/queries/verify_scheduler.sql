-- Somebody does the maintenance: the event scheduler is on.
SELECT 'event scheduler' AS name, @@event_scheduler = 'ON' AS ok, CONCAT('is ', @@event_scheduler, CASE @@event_scheduler WHEN 'ON' THEN '' WHEN 'DISABLED' THEN ': take event_scheduler=DISABLED out of the server''s configuration, restart, run db init; or run a worker'
	ELSE ': SET GLOBAL event_scheduler = ON, or run a worker' END) AS evidence
