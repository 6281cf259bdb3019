-- Makes the partitions of a table for the days that are going to be written.
-- :param table str
-- :param from int
-- :param to int
CALL partitions_ensure(:table, DATE(FROM_UNIXTIME(:from)), DATE(FROM_UNIXTIME(:to)))
