-- Consolidated prices of a simulated past. The join is the check that the trigger would repeat for each row.
-- :param rows json
INSERT INTO pricing_consolidated (pool_id, observed_at, price, is_interpolated, source_count, consolidated_at)
SELECT @spotop_pool := p.id, FROM_UNIXTIME(j.at), j.price, j.is_interpolated, j.n, FROM_UNIXTIME(j.at + 7200)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	pool VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[0]',
	at BIGINT PATH '$[1]',
	price DECIMAL(12,6) PATH '$[2]',
	is_interpolated INT PATH '$[3]',
	n INT PATH '$[4]')) j
JOIN spot_pools p ON p.id = j.pool
