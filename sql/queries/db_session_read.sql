-- What a reading session needs: UTC, strict, read only, and no statement for longer than the link waits for it.
SET SESSION time_zone = '+00:00', SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO',
    SESSION tx_isolation = 'READ-COMMITTED', SESSION tx_read_only = 1, SESSION max_statement_time = 4.5, SESSION group_concat_max_len = 1048576
