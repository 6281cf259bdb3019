-- Events with their last run.
SELECT 'event' AS section, EVENT_NAME AS name, NULL AS row_count, NULL AS bytes, CONCAT(LOWER(STATUS), ', every ', INTERVAL_VALUE, ' ', LOWER(INTERVAL_FIELD)) AS value,
	CONCAT('last ran ', COALESCE(LAST_EXECUTED, 'never')) AS detail
FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() AND @@event_scheduler <> 'DISABLED' -- else error 1577
UNION ALL SELECT 'event', 'none is to be seen', NULL, NULL, 'off', 'the event scheduler is DISABLED: its events neither run nor can be asked for' FROM DUAL WHERE @@event_scheduler = 'DISABLED'
ORDER BY name
