-- Partitions with their ranges, in order.
SELECT 'partition' AS section, CONCAT(p.TABLE_NAME, '.', p.PARTITION_NAME) AS name, p.TABLE_ROWS AS row_count, p.DATA_LENGTH + p.INDEX_LENGTH AS bytes,
	IF(p.PARTITION_DESCRIPTION = 'MAXVALUE', 'until ever', CONCAT('until ', '1970-01-01' + INTERVAL CAST(p.PARTITION_DESCRIPTION AS SIGNED) SECOND)) AS value,
	IF((p.PARTITION_NAME IN ('p_past', 'p_future', 'p_current') OR p.PARTITION_NAME LIKE 'g\_%') AND p.TABLE_ROWS > 0, 'rows in a catch-all: CALL partitions_ahead()', NULL) AS detail
FROM information_schema.PARTITIONS p WHERE p.TABLE_SCHEMA = DATABASE() AND p.PARTITION_METHOD = 'RANGE'
ORDER BY p.TABLE_NAME, p.PARTITION_ORDINAL_POSITION
