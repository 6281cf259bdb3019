-- The tables of this database with the engine's estimates of rows and sizes.
SELECT t.table_name, t.table_rows AS row_count, t.data_length AS data_bytes, t.index_length AS index_bytes, t.data_length + t.index_length AS total_bytes,
       t.avg_row_length AS avg_row_bytes, t.engine,
       (SELECT COUNT(*) FROM information_schema.partitions p WHERE p.table_schema = t.table_schema AND p.table_name = t.table_name AND p.partition_name IS NOT NULL) AS partitions
FROM information_schema.tables t
WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'
