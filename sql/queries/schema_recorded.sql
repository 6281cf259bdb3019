-- What the newest init or upgrade wrote down of the routines, triggers, views and events it made.
SELECT version, details FROM schema_migrations WHERE version LIKE '7.0.%' ORDER BY CAST(SUBSTRING_INDEX(version, '.', -1) AS UNSIGNED) DESC LIMIT 1
