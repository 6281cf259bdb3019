-- Sums over rows i of asof_costs, as money_sums.sql has them of now.
{{known(SUM(i.state NOT IN ('launching', 'terminated')), SUM(IF(i.state IN ('launching', 'terminated'), NULL, i.cost_then)))}} AS cost_usd_per_hour,
	{{known(SUM(i.is_saving), SUM(IF(i.is_saving, i.saved_then, NULL)))}} AS saved_usd_per_hour,
	{{known(SUM(i.state = 'zombie'), SUM(IF(i.state = 'zombie', i.cost_then, NULL)))}} AS zombie_usd_per_hour,
	COALESCE(SUM(i.is_unpriced), 0) AS unpriced, COALESCE(SUM(i.is_saving AND i.saved_then IS NULL), 0) AS unmeasured,
	MIN(IF(i.state NOT IN ('launching', 'terminated') AND NOT i.is_unpriced, i.priced_at, NULL)) AS priced_at
