-- Counts all instances anew.
CALL instance_counts_recount()
