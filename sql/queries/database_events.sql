-- The database's own scheduled events: whether they are on, how often they run and when they last did.
SELECT e.EVENT_NAME AS event_name, LOWER(e.STATUS) AS status, CONCAT(e.INTERVAL_VALUE, ' ', LOWER(e.INTERVAL_FIELD)) AS every, e.LAST_EXECUTED AS last_run_at,
	TIMESTAMPDIFF(SECOND, e.LAST_EXECUTED, NOW()) AS seconds_since_last, CASE WHEN @@event_scheduler <> 'ON' THEN 'off' WHEN e.STATUS <> 'ENABLED' THEN 'off' WHEN e.LAST_EXECUTED IS NULL THEN 'never' ELSE 'ok' END AS state,
	e.EVENT_COMMENT AS about
FROM information_schema.EVENTS e WHERE e.EVENT_SCHEMA = DATABASE() AND @@event_scheduler <> 'DISABLED' -- else error 1577
UNION ALL SELECT 'none is to be seen', 'disabled', NULL, NULL, NULL, 'off', 'event_scheduler=DISABLED in the server''s configuration: take it out, restart, run spotop db init' FROM DUAL
WHERE @@event_scheduler = 'DISABLED'
