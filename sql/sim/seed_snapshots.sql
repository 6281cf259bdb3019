-- Price reports of the last day, each by an instance that runs in the pool (the nth of its role), if there is one.
-- :param rows json
INSERT INTO spot_price_snapshots (client_id, agent_id, pool_id, price, observed_at, source_instance_id, source_instance_role, is_duplicate, created_at)
SELECT b.client_id, b.agent_id, j.pool, j.price, FROM_UNIXTIME(j.at), b.id, IF(b.id IS NULL, NULL, j.role), j.is_loser, FROM_UNIXTIME(j.at)
FROM JSON_TABLE(:rows, '$[*]' COLUMNS (
	pool VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[0]',
	at BIGINT PATH '$[1]',
	price DECIMAL(12,6) PATH '$[2]',
	role VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PATH '$[3]',
	nth INT PATH '$[4]',
	is_loser INT PATH '$[5]')) j
LEFT JOIN (SELECT id, agent_id, client_id, current_pool_id, is_primary,
	ROW_NUMBER() OVER (PARTITION BY current_pool_id, is_primary ORDER BY id) - 1 AS nth
	FROM instances WHERE instance_status IN ('running_primary', 'running_replica') AND agent_id IS NOT NULL) b
ON b.current_pool_id = j.pool AND b.is_primary = (j.role = 'primary') AND b.nth = j.nth
