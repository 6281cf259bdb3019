-- Adds rows of the canonical tier out of an export of ours; what is there stays.
-- :param rows json
-- :param from str
-- :param to str
INSERT IGNORE INTO pricing_canonical (pool_id, price, observed_at, is_interpolated, confidence_score, volatility_index)
SELECT j.pool, j.usd, j.at, j.interpolated, j.confidence, j.volatility
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin PATH '$.pool',
	usd DECIMAL(10,6) PATH '$.usd', at DATETIME PATH '$.at', interpolated TINYINT PATH '$.interpolated',
	confidence DECIMAL(3,2) PATH '$.confidence', volatility DECIMAL(5,4) PATH '$.volatility')) AS j
WHERE j.at BETWEEN :from AND :to
