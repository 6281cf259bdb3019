-- The simulated agents obey the login that plays them.
UPDATE agents SET metadata = JSON_SET(metadata, '$.login', SUBSTRING_INDEX(USER(), '@', 1))
WHERE JSON_VALUE(metadata, '$.simulated') AND NOT (BINARY COALESCE(JSON_VALUE(metadata, '$.login'), '') = BINARY SUBSTRING_INDEX(USER(), '@', 1))
