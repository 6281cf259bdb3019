-- The parts that are about to be done, looked up without a lock: so parts of other pools that are being done are not waited for.
-- :param type str
-- :param pool str
-- :param lo str
-- :param hi str
CREATE OR REPLACE TEMPORARY TABLE job_parts_due (PRIMARY KEY (id)) ENGINE = MEMORY
SELECT id FROM consolidation_jobs
WHERE job_type = :type AND status = 'pending' AND chunk = :pool AND window_start >= :lo AND window_end <= :hi
