-- The counts of agents and of pools' instances start from what is there.
CALL instance_counts_recount();
