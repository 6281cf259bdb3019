-- Has that time no row yet?
-- :param from str
-- :param to str
SELECT NOT EXISTS (SELECT 1 FROM spot_price_snapshots WHERE observed_at >= :from AND observed_at < :to) AS is_empty
