-- Sums over rows k of v_counts_priced.
{{priced_sum({{costing(k)}}, k.usd)}} AS cost_usd_per_hour,
	{{priced_sum({{saving(k)}}, k.ondemand_usd - k.usd)}} AS measured_savings_usd_per_hour,
	{{priced_sum(k.zombie_count, k.usd)}} AS zombie_cost_usd_per_hour,
	{{priced_sum(k.replica_count + k.promoting_count, k.usd)}} AS replica_cost_usd_per_hour,
	COALESCE(SUM(IF(k.usd IS NULL, {{costing(k)}}, 0)), 0) AS unpriced_count,
	COALESCE(SUM(IF(k.ondemand_usd - k.usd IS NULL, {{saving(k)}}, 0)), 0) AS unmeasured_count,
	MIN(IF({{costing(k)}} <> 0 AND k.usd IS NOT NULL, k.priced_at, NULL)) AS priced_at
