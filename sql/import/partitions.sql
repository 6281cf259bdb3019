-- Makes the partitions of a span of days.
-- :param from str
-- :param to str
CALL partitions_ensure('spot_price_snapshots', :from, :to)
