-- Commands 90 days after they ended.
DELETE FROM commands WHERE status IN ('completed', 'failed', 'cancelled', 'expired') AND created_at < NOW() - INTERVAL 90 DAY AND completed_at < NOW() - INTERVAL 90 DAY LIMIT 2000
