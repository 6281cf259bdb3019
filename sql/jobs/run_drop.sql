-- A run of a frequent job that had nothing to do leaves no trace.
-- :param run str
DELETE FROM consolidation_jobs WHERE id = :run AND chunk = ''
