-- The counts of agents and of pools' instances start from what is there.
-- 1,000,000 instances: 120 s on a busy machine, in which a heartbeat or a change of an instance waits 0.4 s at most (200 agents or
-- a pool at a time).
CALL instance_counts_recount();
-- Not before the triggers that called it are made anew.
DROP PROCEDURE IF EXISTS instance_counts_add;
