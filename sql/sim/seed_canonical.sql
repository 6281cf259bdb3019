-- Canonical prices of a simulated past. The join is the check that the trigger would repeat for each row.
-- :param rows json
INSERT INTO pricing_canonical (pool_id, observed_at, price, confidence_score, volatility_index, is_interpolated, created_at)
SELECT @spotop_pool := p.id, FROM_UNIXTIME(j.at), j.price, j.confidence, j.volatility, j.is_interpolated, FROM_UNIXTIME(j.at + 7200)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	pool VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[0]',
	at BIGINT PATH '$[1]',
	price DECIMAL(12,6) PATH '$[2]',
	confidence DECIMAL(3,2) PATH '$[3]',
	volatility DECIMAL(5,4) PATH '$[4]',
	is_interpolated INT PATH '$[5]')) j
JOIN spot_pools p ON p.id = j.pool
