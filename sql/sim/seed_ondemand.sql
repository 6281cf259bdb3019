-- List prices of a simulated market.
-- :param rows json
INSERT INTO ondemand_prices (instance_type, region, price, recorded_at)
SELECT j.instance_type, j.region, j.price, FROM_UNIXTIME(j.recorded_at)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	instance_type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[0]',
	region VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[1]',
	price DECIMAL(12,6) PATH '$[2]',
	recorded_at BIGINT PATH '$[3]')) j
