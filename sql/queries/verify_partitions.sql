-- No rows in a partition that nobody made, and partitions made ahead for tomorrow.
SELECT CONCAT('no row in a catch-all of ', TABLE_NAME) AS name, SUM(IF(PARTITION_NAME IN ('p_past', 'p_future', 'p_current') OR PARTITION_NAME LIKE 'g\_%', TABLE_ROWS, 0)) = 0 AS ok,
	CONCAT(COUNT(*), ' partitions, ', SUM(IF(PARTITION_NAME IN ('p_past', 'p_future', 'p_current') OR PARTITION_NAME LIKE 'g\_%', TABLE_ROWS, 0)), ' rows in catch-alls') AS evidence
FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND PARTITION_METHOD = 'RANGE' GROUP BY TABLE_NAME
UNION ALL
SELECT CONCAT('tomorrow has a partition in ', TABLE_NAME), COALESCE(MAX(IF(PARTITION_DESCRIPTION = 'MAXVALUE', NULL, CAST(PARTITION_DESCRIPTION AS SIGNED))) > UNIX_TIMESTAMP() + 86400, FALSE),
	COALESCE(CONCAT('made until ', '1970-01-01' + INTERVAL MAX(IF(PARTITION_DESCRIPTION = 'MAXVALUE', NULL, CAST(PARTITION_DESCRIPTION AS SIGNED))) SECOND, ' UTC'), 'none made')
FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND PARTITION_METHOD = 'RANGE' GROUP BY TABLE_NAME
