-- The versions this database went through, the newest first.
SELECT version, name, applied_at FROM schema_migrations ORDER BY applied_at DESC, version DESC
