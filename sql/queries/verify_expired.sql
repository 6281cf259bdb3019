-- Stream events go when they have expired, and the report's events have run.
SELECT 'cleanup_sse_events does its work' AS name, COUNT(*) = 0 AS ok, CONCAT(COUNT(*), ' stream events expired more than 2 h ago') AS evidence
FROM sse_events WHERE expires_at < NOW() - INTERVAL 2 HOUR
