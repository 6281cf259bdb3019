-- Makes the partitions of the days to come and moves rows out of catch-alls.
CALL partitions_ahead()
