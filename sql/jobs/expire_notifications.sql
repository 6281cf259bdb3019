-- Notifications after 90 days.
DELETE FROM notifications WHERE created_at < NOW() - INTERVAL 90 DAY LIMIT 5000
