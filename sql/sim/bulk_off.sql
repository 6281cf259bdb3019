-- Triggers count and write events again for this connection.
SET @spotop_bulk = NULL
