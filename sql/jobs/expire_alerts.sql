-- Alerts 13 months after they were resolved.
DELETE FROM alerts WHERE resolved_at < NOW() - INTERVAL 13 MONTH LIMIT 2000
