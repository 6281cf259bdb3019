-- Pools of a simulated market, with their newest price and what is known of their instances.
-- :param rows json
INSERT INTO spot_pools (id, pool_name, instance_type, region, az, avg_boot_time_seconds, boot_sample_count, last_boot_time_update,
	created_at, last_price, last_price_at)
SELECT j.id, j.id, j.instance_type, j.region, j.az, j.boot, 0, FROM_UNIXTIME(j.now), FROM_UNIXTIME(j.created_at), j.price, FROM_UNIXTIME(j.now)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[0]',
	instance_type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[1]',
	region VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[2]',
	az VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[3]',
	boot INT PATH '$[4]',
	created_at BIGINT PATH '$[5]',
	price DECIMAL(12,6) PATH '$[6]',
	now BIGINT PATH '$[7]')) j
