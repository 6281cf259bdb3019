-- Counts everything anew.
CALL instance_counts_recount()
