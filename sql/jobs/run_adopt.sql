-- Goes on with a run that a dead worker left unfinished.
-- :param run str
-- :param fence int
-- :param holder str
UPDATE consolidation_jobs SET fence = :fence, holder = :holder WHERE id = :run AND status = 'running'
