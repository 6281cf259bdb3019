-- Before this nothing is kept.
SELECT MIN(x.at) AS at FROM (
	SELECT MIN(created_at) AS at FROM clients
	UNION ALL SELECT MIN(created_at) FROM commands
	UNION ALL SELECT MIN(switched_at) FROM switches
	UNION ALL SELECT MIN(created_at) FROM system_events WHERE severity = 'info'
	UNION ALL SELECT MIN(created_at) FROM system_events WHERE severity = 'warning'
	UNION ALL SELECT MIN(hour_at) FROM pool_price_hourly
) x
