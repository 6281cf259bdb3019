-- A part failed by what lies in it, and there is something: noted once, until it is mended or settled.
-- :param type str
-- :param pool str
-- :param from str
-- :param to str
-- :param job str
-- :param run str
-- :param error str
-- :param fence int
INSERT INTO consolidation_jobs (id, job_type, status, window_start, window_end, chunk, errors_encountered, error_message, started_at, completed_at, fence, details)
SELECT COALESCE(o.id, UUID()), :type, 'failed', {{day_begin(:from)}}, TIMESTAMP(:to), :pool, 1, :error, NOW(), NOW(), :fence, JSON_OBJECT('job', :job, 'run', :run)
FROM (SELECT MAX(j.id) AS id, COALESCE(MAX({{is_accepted(j)}}), FALSE) AS is_settled FROM consolidation_jobs j
	WHERE j.job_type = :type AND j.chunk = :pool AND ({{is_left_out(j)}} OR {{is_accepted(j)}}) AND {{part_day(j.window_end)}} = {{part_day(TIMESTAMP(:to))}}) o
WHERE NOT o.is_settled AND IF(:type IN ('pool_stats', 'savings'), TRUE, IF(:type = 'consolidate',
	EXISTS (SELECT 1 FROM spot_price_snapshots s WHERE s.pool_id = :pool AND s.observed_at >= :from AND s.observed_at < :to),
	EXISTS (SELECT 1 FROM pricing_consolidated k WHERE k.pool_id = :pool AND k.observed_at >= :from AND k.observed_at <= :to)))
ON DUPLICATE KEY UPDATE errors_encountered = consolidation_jobs.errors_encountered + 1, error_message = VALUES(error_message), completed_at = NOW(),
	fence = VALUES(fence), window_start = VALUES(window_start), window_end = VALUES(window_end)
