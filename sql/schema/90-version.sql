-- This is schema 7.0.
INSERT IGNORE INTO schema_migrations (version, name, applied_by) VALUES ('7.0', 'schema 7.0', USER());
