-- Which schema of ours this database holds: its version, and the last step of sql/schema/upgrade that is in it.
-- Both NULL: nothing was ever made to its end.
SELECT MAX(IF(version = '7.0', version, NULL)) AS version,
	IF(COUNT(*) > 0, COALESCE(MAX(IF(version LIKE '7.0.%', CAST(SUBSTRING_INDEX(version, '.', -1) AS UNSIGNED), NULL)), 0), NULL) AS revision
FROM schema_migrations WHERE version = '7.0' OR version LIKE '7.0.%'
