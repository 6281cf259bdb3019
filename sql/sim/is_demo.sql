-- Whether this database was made by the simulator, and how many agents it has.
SELECT EXISTS (SELECT 1 FROM schema_migrations WHERE name = 'demo') AS is_demo, (SELECT COUNT(*) FROM (SELECT 1 FROM agents LIMIT 1) x) AS has_agents
