-- Stream events that have expired.
DELETE FROM sse_events WHERE expires_at < NOW() LIMIT 5000
