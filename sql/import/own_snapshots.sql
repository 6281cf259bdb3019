-- Adds rows of agents out of an export of ours, unless they are there: as they were imported before (then under the same id) or as the agents reported them.
-- :param rows json
-- :param from str
-- :param to str
INSERT IGNORE INTO spot_price_snapshots (id, pool_id, price, observed_at, source_instance_role, source_instance_id, is_duplicate)
SELECT j.id, j.pool, j.usd, j.at, j.role, j.instance, j.duplicate
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$.id',
	pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin PATH '$.pool',
	usd DECIMAL(10,6) PATH '$.usd', at DATETIME PATH '$.at',
	role VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PATH '$.role',
	instance VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$.instance', duplicate TINYINT PATH '$.duplicate')) AS j
WHERE NOT EXISTS (
	SELECT 1 FROM spot_price_snapshots AS s
	WHERE s.pool_id = j.pool AND s.observed_at = j.at AND s.observed_at BETWEEN :from AND :to AND s.price = j.usd
	  AND s.source_instance_id <=> j.instance AND s.source_instance_role <=> j.role)
