-- How far a run is; part of each step.
-- :param run str
-- :param rows int
-- :param done int
-- :param total int
UPDATE consolidation_jobs SET records_processed = records_processed + :rows,
	details = JSON_SET(COALESCE(details, '{}'), '$.done', :done, '$.total', :total)
WHERE id = :run
