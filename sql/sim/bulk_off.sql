-- Triggers count and write events again for this connection.
CALL bulk_end()
