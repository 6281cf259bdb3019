-- What of an agent follows from the rest: its fastest pool; its client's savings so far.
UPDATE agents a JOIN (SELECT region, id, ROW_NUMBER() OVER (PARTITION BY region ORDER BY boot_p95_seconds IS NULL, boot_p95_seconds, id) AS n FROM spot_pools) f
	ON f.region = a.region AND f.n = 1
JOIN clients c ON c.id = a.client_id
LEFT JOIN (SELECT client_id, SUM(savings) AS saved FROM client_savings_daily GROUP BY client_id) s ON s.client_id = a.client_id
SET a.fastest_boot_pool_id = f.id, c.total_savings = COALESCE(s.saved, 0)
