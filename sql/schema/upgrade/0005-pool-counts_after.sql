-- Money is counts times prices: each client's pools are counted, what the counts held of prices goes, and a type and region
-- without a list price gets the one that its newest instance recorded, so that what was known stays known.
-- 1,000,000 instances: 190 s on a busy machine, in which a heartbeat or a change of an instance waits 0.8 s at most (200 agents or
-- a pool at a time).
CALL instance_counts_recount();
CALL ondemand_prices_from_instances();
ALTER TABLE spotop_agent_counts DROP COLUMN IF EXISTS active_running, DROP COLUMN IF EXISTS spot_count, DROP COLUMN IF EXISTS ondemand_count,
	DROP COLUMN IF EXISTS spot_price_n, DROP COLUMN IF EXISTS spot_price_sum, DROP COLUMN IF EXISTS savings_sum,
	DROP COLUMN IF EXISTS measured_savings_usd_per_hour, DROP COLUMN IF EXISTS measured_savings_n, DROP COLUMN IF EXISTS cost_usd_per_hour,
	DROP COLUMN IF EXISTS zombie_cost_usd_per_hour, DROP COLUMN IF EXISTS replica_cost_usd_per_hour, DROP COLUMN IF EXISTS unpriced_count;
-- Not before the triggers that called them are made anew.
DROP PROCEDURE IF EXISTS instance_counts_reprice;
DROP PROCEDURE IF EXISTS sse_instance;
DROP FUNCTION IF EXISTS verb_agent_state; -- a procedure now
