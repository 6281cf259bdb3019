-- Gives a table the engine, the collation and the partitions that the scripts give it. Rows stay; parts of days come anew.
-- :param table str
-- :param definition str        as queries/verify_structure.sql has it
-- :param is_parted bool        it has partitions now
EXECUTE IMMEDIATE CONCAT('ALTER TABLE `', :table, '` ENGINE = ', SUBSTRING_INDEX(:definition, ' ', 1), ' DEFAULT COLLATE = ', SUBSTRING_INDEX(SUBSTRING_INDEX(:definition, ' ', 2), ' ', -1),
	IF(:definition LIKE '% partitioned' AND NOT :is_parted, CONCAT(' PARTITION BY RANGE (UNIX_TIMESTAMP(', IF(:table = 'system_events', 'created_at', 'observed_at'), ')) (PARTITION p_future VALUES LESS THAN MAXVALUE)'), ''))
