-- The run of this job that a dead worker left unfinished, if any.
-- :param type str
-- :param name str
SELECT id, details, records_processed FROM consolidation_jobs
WHERE job_type = :type AND chunk = '' AND status = 'running' AND JSON_VALUE(details, '$.job') = :name
ORDER BY {{latest(started_at)}} LIMIT 1
