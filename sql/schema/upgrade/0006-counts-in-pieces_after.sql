-- Everything is counted anew in pieces since, and what counted one client whole is called by nobody.
-- 1,000,000 instances: nothing is waited for.
DROP PROCEDURE IF EXISTS instance_counts_of;
