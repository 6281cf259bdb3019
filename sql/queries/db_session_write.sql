-- What a writing session needs: our own collation, UTC, strict, read committed, no lock waited for longer than ten seconds,
-- and temporary tables that need no primary key where InnoDB's do (a node of a cluster).
SET NAMES utf8mb4 COLLATE utf8mb4_general_ci,
    -- :include session
    SESSION time_zone = '+00:00', SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO',
    SESSION tx_isolation = 'READ-COMMITTED', SESSION tx_read_only = 0, SESSION innodb_lock_wait_timeout = 10,
    SESSION default_tmp_storage_engine = IF(@@innodb_force_primary_key, 'Aria', @@GLOBAL.default_tmp_storage_engine), SESSION max_statement_time = 0, SESSION group_concat_max_len = 1048576 /*M!110201 ,
    SESSION character_set_collations = '' */
