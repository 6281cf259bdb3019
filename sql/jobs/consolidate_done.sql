-- The part is done, each of its days, and the canonical and hourly tiers have it to do.
-- :param run str
-- :param pool str
-- :param day str
-- :param next_day str
-- :param lo str
-- :param hi str
-- :param rows int
-- :param fence int
INSERT INTO consolidation_jobs (job_type, status, window_start, window_end, chunk, records_processed, started_at, completed_at, fence, details)
SELECT 'consolidate', 'completed', {{day_begin(TIMESTAMP(:day) + INTERVAL k.seq DAY)}}, TIMESTAMP(:day) + INTERVAL k.seq + 1 DAY, :pool, IF(k.seq = 0, :rows, 0), NOW(), NOW(), :fence, JSON_OBJECT('run', :run)
FROM seq_0_to_30 k WHERE k.seq < DATEDIFF(:next_day, :day)
UNION ALL SELECT t.name, 'pending', {{day_begin(:lo)}}, TIMESTAMP(:hi), :pool, 0, NULL, NULL, :fence, JSON_OBJECT('run', :run)
FROM (SELECT 'canonical' AS name UNION ALL SELECT 'hourly') t
