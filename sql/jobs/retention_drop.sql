-- Drops the days (months) of a table before that day.
-- :param table str
-- :param before str
-- :param imports bool
CALL job_drop_parts(:table, :before, :imports, @spotop_dropped)
