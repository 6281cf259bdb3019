-- The instances as they were at :at, each with its prices, what it cost and what it saved: the definition of instance_counts
-- (v_instance_shares), told of then. Of an instance that has not changed since, the prices are those it recorded (measured), so
-- that at :at = now the sums are those of instance_counts; of any other those of then of its pool and of the list (inferred).
-- :param at str
-- :param agent str
SELECT m.*, IF(m.state NOT IN ('launching', 'terminated'), COALESCE(CASE m.current_mode WHEN 'spot' THEN m.spot_then WHEN 'ondemand' THEN m.ondemand_then END, 0), 0) AS cost_then,
	IF(m.is_primary_then AND m.current_mode = 'spot', COALESCE(m.ondemand_then - m.spot_then, 0), 0) AS saved_then
FROM (
	SELECT i.*, IF(i.is_as_now, i.spot_now, p.price) AS spot_then, IF(i.is_as_now, i.ondemand_now, o.price) AS ondemand_then
	FROM (
		-- :include asof_instances
	) i
	LEFT JOIN (
		-- :include asof_prices
	) p ON p.pool_id = i.current_pool_id
	LEFT JOIN (
		-- :include asof_ondemand
	) o ON o.instance_type = i.instance_type AND o.region = i.region
) m
