-- Makes the partitions of a span of days of one of the price tables.
-- :param table str
-- :param from str
-- :param to str
CALL partitions_ensure(:table, :from, :to)
