-- What a run was to do.
-- :param run str
SELECT window_start, window_end, details, JSON_VALUE(details, '$.cutoff') AS cutoff, JSON_VALUE(details, '$.since') AS since FROM consolidation_jobs WHERE id = :run
