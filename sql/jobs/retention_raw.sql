-- What agents reported on days that stay because of imported history.
-- :param before str
DELETE FROM spot_price_snapshots WHERE observed_at < :before AND agent_id IS NOT NULL LIMIT 5000
