-- Freezes 13 months after their end.
DELETE FROM automation_freezes WHERE expires_at < NOW() - INTERVAL 13 MONTH LIMIT 2000
