-- Makes the days' partitions of an upper tier, a margin for what fills gaps included.
-- :param table str
-- :param from str
-- :param to str
CALL partitions_ensure(:table, GREATEST(DATE(:from) - INTERVAL 1 DAY, '1970-01-02'), LEAST(DATE(:to) + INTERVAL 2 DAY, {{last_day}}))
