-- Makes the days' partitions of an upper tier, a margin for what fills gaps included; days that no partition can be made for lie in the first and the last.
-- :param table str
-- :param from str
-- :param to str
CALL partitions_ensure(:table, LEAST(GREATEST(DATE(:from) - INTERVAL 1 DAY, '1970-01-02'), {{last_day}}), GREATEST(LEAST(DATE(:to) + INTERVAL 2 DAY, {{last_day}}), '1970-01-02'))
