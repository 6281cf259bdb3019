-- Which rows of a batch met another price of their pool and second in the table where days are filled.
-- :param rows json
-- :param from str
-- :param to str
SELECT j.line, j.pool, j.at, s.price AS kept, j.usd AS left_out
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (line BIGINT PATH '$.line',
	pool VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin PATH '$.pool',
	usd DECIMAL(10,6) PATH '$.usd', at DATETIME PATH '$.at')) AS j
STRAIGHT_JOIN importing_prices AS s ON s.pool_id = j.pool AND s.observed_at = j.at AND s.id = 0 AND s.observed_at BETWEEN :from AND :to
WHERE s.price <> j.usd
ORDER BY j.line
