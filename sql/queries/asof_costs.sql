-- The instances as they were at :at, each with its prices, what it cost and what it saved, as sql/parts/money.sql has it of now:
-- the prices of its pool and of the list as they were then; where there was none, the one that it recorded.
-- NULL: not known.
-- :param at str
-- :param agent str
SELECT m.*, IF(m.state NOT IN ('launching', 'terminated'), CASE m.current_mode WHEN 'spot' THEN m.spot_then WHEN 'ondemand' THEN m.ondemand_then END, 0) AS cost_then,
	m.state NOT IN ('launching', 'terminated') AND CASE m.current_mode WHEN 'spot' THEN m.spot_then WHEN 'ondemand' THEN m.ondemand_then END IS NULL AS is_unpriced,
	m.is_primary_then AND m.current_mode = 'spot' AS is_saving,
	IF(m.is_primary_then AND m.current_mode = 'spot', m.ondemand_then - m.spot_then, 0) AS saved_then
FROM (
	SELECT i.*, COALESCE(p.price, i.spot_now) AS spot_then, IF(i.current_mode = 'spot', COALESCE(p.price_at, i.up_at), NULL) AS priced_at, COALESCE(o.price, i.ondemand_now) AS ondemand_then
	FROM (
		-- :include asof_instances
	) i
	LEFT JOIN (
		-- :include asof_prices
	) p ON p.pool_id = i.current_pool_id
	LEFT JOIN (
		-- :include asof_ondemand
	) o ON o.instance_type = i.instance_type AND o.region = i.region
	WHERE i.lived
) m
