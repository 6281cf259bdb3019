-- Can a table be read? A node of a Galera cluster that lost the others answers everything else.
SELECT 1 AS touched FROM schema_migrations LIMIT 1
