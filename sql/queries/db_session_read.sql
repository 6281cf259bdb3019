-- What a reading session needs: our own collation, UTC, strict, read only, and no statement for longer than the link waits for it. What
-- a list of the past puts together of a large fleet stays in memory: on disk it takes three times as long.
SET NAMES utf8mb4 COLLATE utf8mb4_general_ci,
    -- :include session
    SESSION time_zone = '+00:00', SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO',
    SESSION tx_isolation = 'READ-COMMITTED', SESSION tx_read_only = 1, SESSION max_statement_time = 4.5, SESSION group_concat_max_len = 1048576, SESSION tmp_memory_table_size = 134217728, SESSION max_heap_table_size = 134217728 /*M!110201 ,
    SESSION character_set_collations = '' */
