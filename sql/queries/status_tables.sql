-- Tables with rows and sizes, the largest first (the report's second monitoring question).
SELECT 'table' AS section, TABLE_NAME AS name, TABLE_ROWS AS row_count, DATA_LENGTH + INDEX_LENGTH AS bytes,
	CONCAT(ROUND((DATA_LENGTH + INDEX_LENGTH) / 1024 / 1024, 2), ' MB') AS value, CONCAT(AVG_ROW_LENGTH, ' bytes a row, index ', ROUND(INDEX_LENGTH / 1024 / 1024, 2), ' MB') AS detail
FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'
ORDER BY DATA_LENGTH + INDEX_LENGTH DESC, TABLE_NAME
