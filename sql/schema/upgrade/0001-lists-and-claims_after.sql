-- The counts of agents and of pools' instances start from what is there.
-- 1,000,000 instances: 18 s, in which a change of an instance waits; heartbeats do not (0.1 s).
CALL instance_counts_recount();
-- Not before the triggers that called it are made anew.
DROP PROCEDURE IF EXISTS instance_counts_add;
