-- Switches after 13 months.
DELETE FROM switches WHERE switched_at < NOW() - INTERVAL 13 MONTH LIMIT 2000
