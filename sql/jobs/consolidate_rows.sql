-- The winners as rows of the second tier. A row that more snapshots stood behind than are left (their day was dropped) keeps its price.
-- :param pool str
-- :param run str
INSERT INTO pricing_consolidated (pool_id, price, observed_at, is_interpolated, source_count, consolidation_job_id)
SELECT :pool, m.price, m.minute, FALSE, LEAST(m.n, 65535), :run FROM job_minutes m ORDER BY m.minute
ON DUPLICATE KEY UPDATE
	price = IF(pricing_consolidated.is_interpolated OR VALUES(source_count) >= pricing_consolidated.source_count, VALUES(price), pricing_consolidated.price),
	consolidation_job_id = IF(pricing_consolidated.is_interpolated OR VALUES(source_count) > pricing_consolidated.source_count, VALUES(consolidation_job_id), pricing_consolidated.consolidation_job_id),
	consolidated_at = IF(pricing_consolidated.is_interpolated OR VALUES(source_count) > pricing_consolidated.source_count, NOW(), pricing_consolidated.consolidated_at),
	source_count = IF(pricing_consolidated.is_interpolated, VALUES(source_count), GREATEST(pricing_consolidated.source_count, VALUES(source_count))),
	is_interpolated = FALSE
