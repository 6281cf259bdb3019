-- Hourly prices after 13 months, but for days of imported history, which go with it.
DELETE FROM pool_price_hourly WHERE hour_at < NOW() - INTERVAL 13 MONTH
  AND COALESCE(DATE(hour_at) NOT IN (SELECT x.day FROM (SELECT DISTINCT DATE(s.observed_at) + INTERVAL k.seq DAY AS day FROM spot_price_snapshots s JOIN seq_0_to_2 k
	WHERE s.observed_at < NOW() - INTERVAL 13 MONTH AND {{imported(s)}}) x), TRUE)
LIMIT 5000
