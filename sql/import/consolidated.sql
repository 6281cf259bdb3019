-- Adds rows of the consolidated tier out of an export of ours; what is there stays.
-- :param rows json
-- :param from str
-- :param to str
INSERT IGNORE INTO pricing_consolidated (pool_id, price, observed_at, is_interpolated, source_count)
SELECT j.pool, j.usd, j.at, j.interpolated, j.sources
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin PATH '$.pool',
	usd DECIMAL(10,6) PATH '$.usd', at DATETIME PATH '$.at', interpolated TINYINT PATH '$.interpolated',
	sources SMALLINT UNSIGNED PATH '$.sources')) AS j
WHERE j.at BETWEEN :from AND :to
