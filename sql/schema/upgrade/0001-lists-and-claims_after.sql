-- The counts of agents and of pools' instances start from what is there.
CALL instance_counts_recount();
-- Not before the triggers that called it are made anew.
DROP PROCEDURE IF EXISTS instance_counts_add;
