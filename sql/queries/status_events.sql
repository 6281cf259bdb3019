-- Events with their last run.
SELECT 'event' AS section, EVENT_NAME AS name, NULL AS row_count, NULL AS bytes, CONCAT(LOWER(STATUS), ', every ', INTERVAL_VALUE, ' ', LOWER(INTERVAL_FIELD)) AS value,
	CONCAT('last ran ', COALESCE(LAST_EXECUTED, 'never')) AS detail
FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY EVENT_NAME
