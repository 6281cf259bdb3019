-- Decisions after 90 days.
DELETE FROM ml_decisions WHERE decided_at < NOW() - INTERVAL 90 DAY LIMIT 5000
