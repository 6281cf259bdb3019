-- Makes the partitions of the days to come.
CALL partitions_ahead()
