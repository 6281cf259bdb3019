-- The part is done, and the canonical and hourly tiers have it to do.
-- :param run str
-- :param pool str
-- :param day str
-- :param next_day str
-- :param lo str
-- :param hi str
-- :param rows int
-- :param fence int
INSERT INTO consolidation_jobs (job_type, status, window_start, window_end, chunk, records_processed, started_at, completed_at, fence, details) VALUES
	('consolidate', 'completed', :day, :next_day, :pool, :rows, NOW(), NOW(), :fence, JSON_OBJECT('run', :run)),
	('canonical', 'pending', :lo, :hi, :pool, 0, NULL, NULL, :fence, JSON_OBJECT('run', :run)),
	('hourly', 'pending', :lo, :hi, :pool, 0, NULL, NULL, :fence, JSON_OBJECT('run', :run))
