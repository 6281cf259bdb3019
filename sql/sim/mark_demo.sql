-- Says in the database that its fleet is simulated.
-- :param details json
INSERT IGNORE INTO schema_migrations (version, name, applied_at, applied_by, details)
SELECT 'demo', 'demo', MIN(applied_at) - INTERVAL 1 SECOND, USER(), :details FROM schema_migrations
