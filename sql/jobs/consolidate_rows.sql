-- The winners as rows of the second tier. A row that more snapshots stood behind than are left (their day was dropped) keeps its price.
-- :param pool str
-- :param run str
INSERT INTO pricing_consolidated (pool_id, price, observed_at, is_interpolated, source_count, consolidation_job_id)
SELECT :pool, m.price, m.minute, FALSE, LEAST(m.n, 65535), :run FROM job_minutes m WHERE m.place = 1 ORDER BY m.minute
ON DUPLICATE KEY UPDATE
	price = IF(is_interpolated OR VALUES(source_count) >= source_count, VALUES(price), price),
	consolidation_job_id = IF(is_interpolated OR VALUES(source_count) > source_count, VALUES(consolidation_job_id), consolidation_job_id),
	consolidated_at = IF(is_interpolated OR VALUES(source_count) > source_count, NOW(), consolidated_at),
	source_count = IF(is_interpolated, VALUES(source_count), GREATEST(source_count, VALUES(source_count))),
	is_interpolated = FALSE
