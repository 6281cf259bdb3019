-- How old what the report tells is: the newest of each kind at :at.
-- :param at str
SELECT x.what, CAST(x.newest_at AS DATETIME) AS newest_at, TIMESTAMPDIFF(SECOND, x.newest_at, :at) AS age_seconds FROM (
	SELECT 'price' AS what, (SELECT MAX(p.price_at) FROM (
		-- :include asof_prices
	) p) AS newest_at
	UNION ALL SELECT 'event', NULLIF(GREATEST(COALESCE((SELECT MAX(created_at) FROM system_events WHERE severity = 'info' AND created_at <= :at), '1970-01-02'),
		COALESCE((SELECT MAX(created_at) FROM system_events WHERE severity = 'warning' AND created_at <= :at), '1970-01-02'),
		COALESCE((SELECT MAX(created_at) FROM system_events WHERE severity IN ('error', 'critical') AND created_at <= :at), '1970-01-02')), '1970-01-02')
	UNION ALL SELECT 'heartbeat', (SELECT MAX(last_heartbeat_at) FROM agents WHERE last_heartbeat_at <= :at)
	UNION ALL SELECT 'look for alerts', {{look_began(:at)}}
) x
