-- Somebody does the maintenance: the event scheduler is on.
SELECT 'event scheduler' AS name, @@event_scheduler = 'ON' AS ok, CONCAT('is ', @@event_scheduler, IF(@@event_scheduler = 'ON', '', ': SET GLOBAL event_scheduler = ON, or run a worker')) AS evidence
