-- Triggers of this session count and write events again.
SET @spotop_bulk = NULL
