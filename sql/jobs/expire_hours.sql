-- Hourly prices after 13 months, but for hours of imported history, which go with it.
DELETE FROM pool_price_hourly WHERE hour_at < NOW() - INTERVAL 13 MONTH
  AND NOT EXISTS (SELECT 1 FROM spot_price_snapshots s WHERE s.pool_id = pool_price_hourly.pool_id AND s.observed_at >= DATE(hour_at) AND s.observed_at < DATE(hour_at) + INTERVAL 1 DAY AND s.agent_id IS NULL)
LIMIT 5000
